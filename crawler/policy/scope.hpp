// Which URLs belong to a crawl. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "config/job.hpp"
#include "crawler/url/pattern.hpp"
#include "crawler/url/url.hpp"

namespace trawl::policy {

/// Compiled from the job's scope; the seeds join as they come. One thread at a time.
class scope {
 public:
  struct verdict {
    bool allowed = true;
    std::string_view rule;  ///< the rule that refused, as `filtered` names it: "scope.exclude"
  };

  /// The patterns were checked with the job; one that does not compile matches nothing.
  explicit scope(const config::scope& settings);

  /// May the URL be fetched? A seed that is admitted joins the scope; it is exempt from include, within and max_depth, not from exclude.
  verdict admits(const url::url& target, std::uint32_t depth, bool is_seed);
  /// Widens the scope by the URL's host, domain or directory, as `within` has it: for seeds and where they redirect.
  void join(const url::url& target);
  /// How many hosts, domains or directories have joined; grows only.
  std::size_t joined() const noexcept { return joined_.size(); }

 private:
  bool is_within(const url::url& target) const;
  std::string key_of(const url::url& target) const;

  config::scope settings_;
  std::vector<url::pattern> include_, exclude_;
  std::unordered_set<std::string> joined_;  ///< host keys, registrable domains or directories
};

}  // namespace trawl::policy
