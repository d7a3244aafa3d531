#include "server/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "config/document/text.hpp"
#include "server/console.hpp"

namespace trawl::server {
namespace {

using config::printable;

std::string hint(std::string_view wrong, const std::vector<std::string_view>& names) {
  const std::string near = config::nearest(wrong, names);
  return near.empty() ? "" : "; did you mean '" + near + "'?";
}

int wrong_usage(const std::string& command, const std::string& what) {
  const std::string words = command.empty() ? "" : " " + command;
  tell("trawl{}: {} (see: trawl help{})\n", words, printable(what), words);
  return 2;
}

int unknown_command(const std::string& name, std::span<const command> commands) {
  std::vector<std::string_view> names = {"help"};
  for (const command& c : commands) names.emplace_back(c.name);
  return wrong_usage("", "there is no command '" + name + "'" + hint(name, names));
}

/// The subcommand that the arguments led to, and its words.
std::pair<CLI::App*, std::string> deepest(CLI::App& app) {
  CLI::App* at = &app;
  std::string words;
  while (!at->get_subcommands().empty()) {
    at = at->get_subcommands().front();
    words += (words.empty() ? "" : " ") + at->get_name();
  }
  return {at, words};
}

int unexpected_arguments(CLI::App& app) {
  const auto [at, words] = deepest(app);
  const std::vector<std::string> rest = app.remaining(true);
  const auto option = std::ranges::find_if(rest, [](const std::string& s) { return s.starts_with('-') && s.size() > 1; });
  if (option == rest.end()) return wrong_usage(words, "did not expect '" + (rest.empty() ? std::string() : rest.front()) + "'");
  const std::string name = option->substr(0, option->find('='));
  std::vector<std::string> known;
  for (const CLI::Option* o : std::as_const(*at).get_options())
    for (const std::string& long_name : o->get_lnames()) known.push_back("--" + long_name);
  return wrong_usage(words, "there is no option '" + name + "'" + hint(name, {known.begin(), known.end()}));
}

CLI::App* find(CLI::App& app, std::string_view name) {
  const auto found = app.get_subcommands([&](CLI::App* sub) { return sub->get_name() == name; });
  return found.empty() ? nullptr : found.front();
}

/// CLI11's own words, on one line.
std::string one_line(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

int help(CLI::App& app, const std::vector<std::string>& topic, std::span<const command> commands) {
  app.clear();  // else the help of what was parsed, this command, would be printed
  CLI::App* at = &app;
  std::string before;
  for (const std::string& word : topic) {
    before += (before.empty() ? "" : " ") + at->get_name();
    CLI::App* next = find(*at, word);
    if (next == nullptr) return unknown_command(word, commands);
    at = next;
  }
  answer("{}", at->help(before));
  return 0;
}

}  // namespace

int run_command_line(std::span<const command> commands, int argc, char** argv) {
  CLI::App app("trawl: crawls web sites into one JSON line per URL", "trawl");
  app.set_version_flag("--version", "trawl " TRAWL_VERSION);
  app.require_subcommand(0, 1);
  std::vector<std::pair<CLI::App*, command_body>> bodies;
  for (const command& c : commands) {
    CLI::App* sub = app.add_subcommand(c.name, c.set_up != nullptr ? c.summary : std::string(c.summary) + " (not available in this version)");
    if (c.set_up != nullptr) {
      bodies.emplace_back(sub, c.set_up(*sub));
    } else {
      sub->prefix_command();
      bodies.emplace_back(sub, [name = c.name] {
        tell("trawl {}: not available in this version\n", name);
        return 2;
      });
    }
  }
  std::vector<std::string> topic;
  CLI::App* help_command = app.add_subcommand("help", "what a command does and takes");
  help_command->add_option("command", topic);

  if (argc > 1 && argv[1][0] != '-' && find(app, argv[1]) == nullptr) return unknown_command(argv[1], commands);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {
    std::ostringstream text;  // --help and --version
    const int code = app.exit(e, text, text);
    write_answer(text.view());
    return code;
  } catch (const CLI::ExtrasError&) {
    return unexpected_arguments(app);
  } catch (const CLI::ParseError& e) {
    return wrong_usage(deepest(app).second, one_line(e.what()));
  }
  if (help_command->parsed()) return help(app, topic, commands);
  for (const auto& [sub, body] : bodies)
    if (sub->parsed()) return body();
  tell("{}", app.help());
  return 2;
}

}  // namespace trawl::server
