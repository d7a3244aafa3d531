// URL patterns of a job: globs over the whole URL, and `re:` expressions (RE2: linear time whatever the pattern).
#pragma once
#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace trawl::url {

/// '*' is any run of characters, '/' too; all else is literal. Linear in text and pattern.
bool glob_matches(std::string_view glob, std::string_view text) noexcept;

/// One compiled pattern. Immutable; copies share the compiled expression.
class pattern {
 public:
  /// Fails, in words for the job's author, on a broken expression and on a pattern that can match no normalised http URL.
  static std::expected<pattern, std::string> compile(std::string_view text);
  bool matches(std::string_view url) const;

 private:
  std::string glob_;
  std::shared_ptr<const re2::RE2> expression_;  // shared: a plan is copied per shard, the program need not be
};

}  // namespace trawl::url
