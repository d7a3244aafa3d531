// trawl inspect url and robots: what the parsers say, a line in, a line out.
#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "config/document/text.hpp"
#include "crawler/model/json_text.hpp"
#include "crawler/policy/robots.hpp"
#include "crawler/url/url.hpp"
#include "server/commands/commands.hpp"
#include "server/console.hpp"

namespace trawl::server {
namespace {

std::string describe(const std::optional<url::url>& u) {
  if (!u) return R"({"failure":true})";
  std::string out;
  json_object o(out);
  const auto optional = [&](std::string_view key, const std::optional<std::string>& value) { value ? o.text(key, *value) : o.null(key); };
  o.text("href", u->href());
  o.text("scheme", u->scheme);
  o.text("username", u->username);
  o.text("password", u->password);
  optional("host", u->host);
  u->port ? o.number("port", *u->port) : o.null("port");
  o.text("path", u->path);
  optional("query", u->query);
  optional("fragment", u->fragment);
  o.close();
  return out;
}

std::optional<url::url> parse_with(std::string_view input, const std::string& base) {
  if (base.empty()) return url::parse(input);
  const auto b = url::parse(base);
  return b ? url::parse(input, &*b) : std::nullopt;
}

/// A --json line: a string, or {"input", "base"}.
std::optional<url::url> parse_json_line(const std::string& line, const std::string& base) {
  const auto j = nlohmann::json::parse(line, nullptr, false);
  if (j.is_string()) return parse_with(j.get_ref<const std::string&>(), base);
  if (!j.is_object() || !j.contains("input") || !j["input"].is_string()) return std::nullopt;
  const bool own_base = j.contains("base") && j["base"].is_string();
  return parse_with(j["input"].get_ref<const std::string&>(), own_base ? j["base"].get<std::string>() : base);
}

struct url_arguments {
  std::vector<std::string> urls;
  std::string base;
  bool json = false;
};

/// Parses each URL, from the arguments or line by line from stdin.
int inspect_url(const url_arguments& given) {
  const auto& [urls, base, json] = given;
  for (const std::string& text : urls) std::cout << describe(parse_with(text, base)) << '\n';
  if (!urls.empty()) return 0;
  std::ios::sync_with_stdio(false);
  for (std::string line; std::getline(std::cin, line);) std::cout << describe(json ? parse_json_line(line, base) : parse_with(line, base)) << '\n';
  return 0;
}

struct robots_arguments {
  std::string file, agent;
  std::vector<std::string> urls;
};

int inspect_robots(const robots_arguments& given) {
  const auto& [file, agent, urls] = given;
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    tell("trawl: {}: can't be read: {}\n", config::printable(file), std::strerror(errno));
    return 2;
  }
  std::ostringstream text;
  text << in.rdbuf();
  const auto rules = policy::robots::parse(std::move(text).str(), agent);
  const auto answer = [&](const std::string& address) {
    const auto u = url::parse(address);
    const auto verdict = u ? rules.check(u->path_and_query()) : policy::robots::verdict{};
    std::string out;
    json_object o(out);
    o.text("url", address);
    o.flag("allowed", verdict.allowed);
    verdict.rule.empty() ? o.null("rule") : o.text("rule", verdict.rule);
    verdict.line == 0 ? o.null("line") : o.number("line", verdict.line);
    o.close();
    std::cout << out << '\n';
  };
  for (const std::string& address : urls) answer(address);
  if (!urls.empty()) return 0;
  std::ios::sync_with_stdio(false);
  for (std::string line; std::getline(std::cin, line);) answer(line);
  return 0;
}

}  // namespace

command_body set_up_inspect(CLI::App& arguments) {
  auto url = std::make_shared<url_arguments>();
  auto robots = std::make_shared<robots_arguments>();
  arguments.require_subcommand(1);
  CLI::App* url_command = arguments.add_subcommand("url", "the parts of each URL");
  url_command->add_option("url", url->urls, "URLs; without one, a line of standard input each");
  url_command->add_option("--base", url->base, "what relative ones are resolved against");
  url_command->add_flag("--json", url->json, "lines of standard input are JSON: a string, or {input, base}");
  CLI::App* robots_command = arguments.add_subcommand("robots", "what a robots.txt says of each URL");
  robots_command->add_option("file", robots->file, "a robots.txt")->required();
  robots_command->add_option("--agent", robots->agent, "product token")->required();
  robots_command->add_option("url", robots->urls, "URLs; without one, a line of standard input each");
  auto page = std::make_shared<inspect_page_flags>();
  CLI::App* page_command = arguments.add_subcommand("page", "the record of a saved page");
  page_command->add_option("page", page->page, "FILE, or - for standard input")->required();
  page_command->add_option("--url", page->url, "the page's address");
  page_command->add_option("--content-type", page->content_type, "the header that it came with");
  page_command->add_option("--job", page->job, "a job file whose extraction is run");
  page_command->add_option("--set", page->sets, "KEY=VALUE over what the job says; repeatable")->allow_extra_args(false);
  page_command->add_option("--select", page->select, "print each match of a CSS selector instead");
  return [=] {
    if (page_command->parsed()) return inspect_page_command(*page);
    return url_command->parsed() ? inspect_url(*url) : inspect_robots(*robots);
  };
}

}  // namespace trawl::server
