// trawl validate, schema, init: what the configuration says of itself.
#include <fmt/format.h>

#include "config/load.hpp"
#include "crawler/engine/crawl.hpp"
#include "server/commands/commands.hpp"

namespace trawl::server {

int validate_command(const std::vector<std::string>& files) {
  bool all_well = true;
  for (const std::string& file : files) {
    auto loaded = config::load_job_file(file, {});
    if (loaded.problems.empty())
      for (const auto& p : engine::check_job(loaded.job)) loaded.problems.push_back(loaded.locate(p.path, p.message));
    for (const config::problem& p : loaded.problems) fmt::print(stderr, "{}\n", to_string(p));
    if (loaded.problems.empty()) fmt::print("{}: valid\n", file);
    all_well = all_well && loaded.problems.empty();
  }
  return all_well ? 0 : 2;
}

int schema_command(const std::string& which) {
  if (which != "job") {
    fmt::print(stderr, "trawl: the schema of '{}' is not available in this version; there is: job\n", which);
    return 2;
  }
  fmt::print("{}\n", config::job_schema().dump(2));
  return 0;
}

int init_command(const std::string& url) {
  fmt::print("{}", config::commented_job(url.empty() ? "https://example.org/" : url));
  return 0;
}

}  // namespace trawl::server
