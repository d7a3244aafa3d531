// robots.txt (RFC 9309): the rules that one robot has to obey, and their verdict on a path. Pure.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crawler/policy/robots_rules.hpp"

namespace trawl::policy {

/// The rules of one robots.txt for one robot. Immutable after parse; may be shared between threads.
class robots {
 public:
  /// What the file says of a path. `rule` is the deciding line as written ("Disallow: /x"); empty, with line 0, where none matches.
  struct verdict {
    bool allowed = true;
    std::string rule;
    int line = 0;  ///< counted from 1
    bool guessed = false;  ///< so many rules with '*' may match that not all were tried: forbidden to be safe (robots_rules)
  };

  /// Reads a file; never fails, every line that parses counts (RFC 9309, 2.3.1.5). At most 500 KiB, cut at a line end (2.5).
  /// `agent_token` is our product token; a version behind it is ignored (2.2.1).
  static robots parse(std::string_view bytes, std::string_view agent_token);
  /// No rules: for a robots.txt that is not there (2.3.1.3).
  static robots allow_all() { return {}; }

  /// The longest matching rule decides, Allow wins a tie (2.2.2). Linear in the path; bounded whatever the file.
  verdict check(std::string_view path_and_query) const;
  /// Crawl-delay of our group, the longest if there are several; nullopt if none is valid.
  std::optional<std::chrono::nanoseconds> crawl_delay() const { return crawl_delay_; }
  /// Values of the Sitemap lines as written, in order; they belong to no group.
  const std::vector<std::string>& sitemaps() const { return sitemaps_; }
  /// What it takes of memory, about, in bytes.
  std::size_t memory() const noexcept;

 private:
  friend class robots_parser;
  robots_rules rules_;
  std::optional<std::chrono::nanoseconds> crawl_delay_;
  std::vector<std::string> sitemaps_;
};

}  // namespace trawl::policy
