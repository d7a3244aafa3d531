// trawl explain: what a state knows of a URL, and why.
#include <CLI/CLI.hpp>
#include <memory>

#include "config/document/text.hpp"
#include "server/commands/commands.hpp"
#include "server/commands/job_source.hpp"
#include "server/console.hpp"
#include "server/crawl/explanation.hpp"

namespace trawl::server {
namespace {

struct explain_arguments {
  std::string url, state;
  bool as_json = false;
};

int explain(const explain_arguments& given) {
  const auto asked = url::parse(with_scheme(given.url));
  if (!asked || !asked->is_http()) {
    tell("trawl explain: '{}' is not an http or https URL\n", config::printable(given.url));
    return 2;
  }
  const auto told = explanation(frontier::state_view(given.state), *asked);
  if (given.as_json) {
    answer("{}\n", told.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  } else {
    answer("{}", explanation_text(told));
  }
  return 0;
}

}  // namespace

command_body set_up_explain(CLI::App& arguments) {
  auto given = std::make_shared<explain_arguments>();
  arguments.add_option("url", given->url, "a URL; a name without scheme gets https://")->required();
  arguments.add_option("--state", given->state, "the crawl's state directory: FILE.trawl beside -o FILE, or what --state named")->required();
  arguments.add_flag("--json", given->as_json, "one JSON object");
  return [given] { return explain(*given); };
}

}  // namespace trawl::server
