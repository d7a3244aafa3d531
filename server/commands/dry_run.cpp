#include "server/commands/dry_run.hpp"

#include <fmt/format.h>

#include "config/document/text.hpp"
#include "crawler/engine/crawl.hpp"
#include "crawler/engine/seeds.hpp"

namespace trawl::server {
namespace {
constexpr int urls_shown = 10;
}

int dry_run(const config::loaded_job& loaded) {
  const config::job& job = loaded.job;
  fmt::print("{}", config::to_yaml(config::to_json(job, loaded.secrets)));
  fmt::print("\n# a fetch goes through, from the outside:\n");
  for (const auto& [name, reason] : engine::fetch_layers(job)) fmt::print("#   {:<10} {}\n", name, reason);
  fmt::print("# the first URLs:\n");
  int shown = 0;
  for (auto&& seed : engine::seeds(job, [](const std::string&, const std::string&) {})) {
    if (shown++ == urls_shown) {
      fmt::print("#   …\n");
      break;
    }
    fmt::print("#   {}{}\n", seed.method == "GET" ? "" : seed.method + " ", config::printable(config::without_secrets(seed.url, loaded.secrets)));
  }
  return 0;
}

}  // namespace trawl::server
