// robots.txt (RFC 9309): the rules that one robot has to obey, and their verdict on a path. Pure.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trawl::policy {

/// The rules of one robots.txt for one robot. Immutable after parse; may be shared between threads.
class robots {
 public:
  /// What the file says of a path. `rule` is the deciding line as written ("Disallow: /x"); empty, with line 0, where none matches.
  struct verdict {
    bool allowed = true;
    std::string rule;
    int line = 0;  ///< counted from 1
  };

  /// Reads a file; never fails, every line that parses counts (RFC 9309, 2.3.1.5). At most 500 KiB, cut at a line end (2.5).
  /// `agent_token` is our product token; a version behind it is ignored (2.2.1).
  static robots parse(std::string_view bytes, std::string_view agent_token);
  /// No rules: for a robots.txt that is not there (2.3.1.3).
  static robots allow_all() { return {}; }

  /// The longest matching rule decides, Allow wins a tie (2.2.2). Time is linear in the path for each rule that may match; rules whose
  /// first eight octets are not the path's cost a comparison.
  verdict check(std::string_view path_and_query) const;
  /// Crawl-delay of our group, the longest if there are several; nullopt if none is valid.
  std::optional<std::chrono::nanoseconds> crawl_delay() const { return crawl_delay_; }
  /// Values of the Sitemap lines as written, in order; they belong to no group.
  const std::vector<std::string>& sitemaps() const { return sitemaps_; }

 private:
  friend class robots_parser;
  struct rule {
    std::string pattern;     ///< normalised; '*' is a wildcard, a literal one is %2A
    std::size_t length = 0;  ///< octets that count for precedence
    bool anchored = false;   ///< ended with '$'
    bool allow = false;
    int line = 0;
    std::string written;     ///< the value as it stands in the file
  };
  /// The literal octets that a rule begins with, the first eight, and which of these there are.
  struct start {
    std::uint64_t octets = 0, mask = 0;
  };
  static bool matches(const rule& r, std::string_view path) noexcept;
  static start start_of(std::string_view text) noexcept;
  void index();

  std::vector<rule> rules_;    ///< by precedence
  std::vector<start> starts_;  ///< of each rule
  std::optional<std::chrono::nanoseconds> crawl_delay_;
  std::vector<std::string> sitemaps_;
};

}  // namespace trawl::policy
