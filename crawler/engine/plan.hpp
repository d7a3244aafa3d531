// A job compiled: scope, rules, extraction plans and names, ready for every page. Immutable once made.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/job.hpp"
#include "crawler/engine/crawl.hpp"
#include "crawler/extract/recipe.hpp"
#include "crawler/model/link.hpp"
#include "crawler/url/pattern.hpp"

namespace trawl::engine {

/// What is done with one page: the job's extraction with every rule that matches merged in. Immutable once made: pages may be read with
/// it on any thread.
struct page_plan {
  config::extract extract;
  extract::recipe recipe;    ///< the selectors of `extract`, compiled
  std::uint32_t follow = 0;  ///< bit per link_kind
  bool output = true;

  /// Whether a page has to be read as a tree.
  bool needs_tree() const noexcept { return recipe.needs_tree() || wants_content(); }
  bool wants_content() const noexcept { return extract.text || extract.markdown; }
};

/// Immutable but for its cache; owner shard's thread. The plans that it hands out live as long as it does.
class job_plan {
 public:
  /// Problems go to `problems`; the plan is usable only when there are none.
  job_plan(const config::job& job, std::vector<job_problem>& problems);
  /// The plan for a page; rules merged in order, later wins. Cached per set of matching rules; owner shard's thread only.
  const page_plan& for_url(std::string_view url) const;
  /// Priority that the rules give a URL; 0 without one.
  std::int32_t priority(std::string_view url) const;

 private:
  const config::job& job_;
  std::vector<url::pattern> matches_;
  mutable std::vector<std::pair<std::vector<bool>, std::unique_ptr<page_plan>>> plans_;
};

/// The product token that robots.txt groups are compared with: robots_agent, else that of the user agent, else "trawl".
std::string robots_agent(const config::job& job);
/// The User-Agent field: the job's, else trawl/<version> (+<contact>).
std::string user_agent(const config::job& job);

}  // namespace trawl::engine
