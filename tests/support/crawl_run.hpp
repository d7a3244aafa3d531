// One whole crawl inside the test's process: a job in, its records and numbers out.
#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "crawler/engine/crawl.hpp"
#include "tests/site/server.hpp"

namespace trawl::testing {

/// What a crawl gave.
struct crawl_outcome {
  std::vector<nlohmann::json> records;  ///< the whole log, in `seq` order
  std::set<std::string> withheld;       ///< URLs whose record stays out of the outputs
  std::vector<engine::rejected> rejected;
  engine::progress numbers;
  engine::ending ended = engine::ending::none;
  std::vector<std::string> unmet;  ///< expectations, in words

  /// The record of a URL; null if there is none.
  const nlohmann::json* of(const std::string& url) const;
  std::string error_of(const std::string& url) const;  ///< its error code; empty if it has none
};

struct crawl_options {
  bool trusted = true;            ///< as a local job file
  std::vector<std::string> sets;  ///< as --set, over what the job says
  std::filesystem::path state = {};  ///< directory; empty: none is kept
};

/// Runs a job to its end, at most 30 seconds, and checks that the books balance and that `seq` has no gaps.
crawl_outcome run_crawl(const std::string& yaml, const crawl_options& options = {});

/// A crawl of one seed with short waits; `sets` as --set, e.g. "scope.max_depth=1".
crawl_outcome crawl_from(const std::string& seed, std::vector<std::string> sets = {}, bool trusted = true);

/// What makes a test's crawl short: no delay, short back-off and time-outs.
extern const std::vector<std::string> quick;

/// Each request came at least `delay` after the one before, as far as the server can tell: what is late by the machine's load makes
/// one gap longer and the next one shorter, so the gaps are added up.
void expect_apart(std::span<const site::seen_request> requests, std::chrono::milliseconds delay);

/// A page with this body, and a server's answer to all that has no page.
site::reply html(const std::string& body);
site::reply no_page(const site::seen_request& r);

}  // namespace trawl::testing
