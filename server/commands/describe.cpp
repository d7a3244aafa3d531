// trawl validate, schema, init: what the configuration says of itself.
#include <CLI/CLI.hpp>
#include <memory>

#include "config/document/text.hpp"
#include "config/load.hpp"
#include "crawler/url/url.hpp"
#include "server/commands/commands.hpp"
#include "server/commands/job_source.hpp"
#include "server/console.hpp"

namespace trawl::server {
namespace {

struct validate_arguments {
  std::vector<std::string> files;
  bool is_server = false;
};

std::vector<config::problem> problems_of_job(const std::string& file) {
  config::loaded_job loaded = checked(config::load_job_file(file, {}));
  check_files(loaded);
  return std::move(loaded.problems);
}

int validate(const validate_arguments& given) {
  bool all_well = true;
  for (const std::string& file : given.files) {
    const std::vector<config::problem> problems =
        given.is_server ? config::load_server_file(file, {}).problems : problems_of_job(file);
    for (const config::problem& p : problems) tell("{}\n", to_string(p));
    if (problems.empty()) answer("{}: valid\n", config::printable(file));
    all_well = all_well && problems.empty();
  }
  return all_well ? 0 : 2;
}

struct schema_arguments {
  std::string which = "job";
  bool as_markdown = false;
};

int schema(const schema_arguments& given) {
  if (given.as_markdown) {
    answer("{}", config::reference_page(given.which).value_or(""));
    return 0;
  }
  const auto body = given.which == "job"      ? config::job_schema()
                    : given.which == "server" ? config::server_schema()
                    : given.which == "record" ? config::record_schema()
                                              : config::errors_schema();
  answer("{}\n", body.dump(2));
  return 0;
}

}  // namespace

command_body set_up_validate(CLI::App& arguments) {
  auto given = std::make_shared<validate_arguments>();
  arguments.add_option("file", given->files, "job files, YAML or JSON; - is standard input")->required();
  arguments.add_flag("--server", given->is_server, "they are server files");
  return [given] { return validate(*given); };
}

command_body set_up_schema(CLI::App& arguments) {
  auto given = std::make_shared<schema_arguments>();
  arguments.add_option("which", given->which, "job, server, record or errors")->check(CLI::IsMember({"job", "server", "record", "errors"}));
  arguments.add_flag("--markdown", given->as_markdown, "the page of the reference instead");
  return [given] { return schema(*given); };
}

command_body set_up_init(CLI::App& arguments) {
  auto seed = std::make_shared<std::string>("https://example.org/");
  arguments.add_option("url", *seed, "the first seed");
  return [seed] {
    const auto first = url::parse(with_scheme(*seed));
    if (!first || !first->is_http()) {
      tell("trawl init: '{}' is not an http or https URL\n", config::printable(*seed));
      return 2;
    }
    answer("{}", config::commented_job(with_scheme(*seed)));
    return 0;
  };
}

}  // namespace trawl::server
