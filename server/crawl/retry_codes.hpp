// Which records --retry means: "timeout.*,5xx,connect.refused". Pure.
#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace trawl::server {

/// A list of error codes, with '*' for any run of characters, and of statuses, as "404" or "5xx".
class retry_codes {
 public:
  /// What is wrong with the list, in words: a code that there is not, or nothing in it.
  static std::expected<retry_codes, std::string> parse(std::string_view list);
  /// `record`: a JSON line; read no further than its error and status. Both count: a record with an error may have a status too.
  bool match(std::string_view record) const;

 private:
  std::vector<std::string> errors_;    ///< globs
  std::vector<std::string> statuses_;  ///< "404", "5xx"
};

}  // namespace trawl::server
