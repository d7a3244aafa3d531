#include "server/commands/dry_run.hpp"

#include "config/document/text.hpp"
#include "crawler/engine/crawl.hpp"
#include "crawler/engine/seeds.hpp"
#include "server/console.hpp"

namespace trawl::server {
namespace {
constexpr int urls_shown = 10;
}

int dry_run(const config::loaded_job& loaded) {
  const config::job& job = loaded.job;
  answer("{}", config::to_yaml(config::to_json(job, loaded.secrets)));
  answer("\n# a fetch goes through, from the outside:\n");
  for (const auto& [name, reason] : engine::fetch_layers(job)) answer("#   {:<10} {}\n", name, reason);
  answer("# the first URLs:\n");
  int shown = 0;
  for (auto&& seed : engine::seeds(job, [](const std::string&, const std::string&) {})) {
    if (shown++ == urls_shown) {
      answer("#   …\n");
      break;
    }
    answer("#   {}{}\n", seed.method == "GET" ? "" : seed.method + " ", config::printable(config::without_secrets(seed.url, loaded.secrets)));
  }
  return 0;
}

}  // namespace trawl::server
