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

/// Answers each of `given`, or where there is none each line of standard input. Answers go out when 64 KiB of them are there or no more
/// input is waiting, so that a million lines cost few writes and whoever asks line by line is answered line by line.
template <class Answer>
int answer_each(const std::vector<std::string>& given, Answer&& answer) {
  for (const std::string& text : given) std::cout << answer(text, false) << '\n';
  if (!given.empty()) return 0;
  std::ios::sync_with_stdio(false);
  std::cin.tie(nullptr);
  std::string out;
  for (std::string line; std::getline(std::cin, line);) {
    (out += answer(line, true)) += '\n';
    if (out.size() < 64 * 1024 && std::cin.rdbuf()->in_avail() > 0) continue;
    std::cout.write(out.data(), static_cast<std::streamsize>(out.size())).flush();
    out.clear();
  }
  std::cout << out << std::flush;
  return 0;
}

int inspect_url(const url_arguments& given) {
  const auto base = url::parse(given.base);
  const auto parse_line = [&](const std::string& text, bool from_input) {
    if (from_input && given.json) return parse_json_line(text, given.base);
    if (given.base.empty()) return url::parse(text);
    return base ? url::parse(text, &*base) : std::nullopt;
  };
  return answer_each(given.urls, [&](const std::string& text, bool from_input) { return describe(parse_line(text, from_input)); });
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
  return answer_each(urls, [&](const std::string& address, bool) {
    const auto u = url::parse(address);
    const auto verdict = u ? rules.check(u->path_and_query()) : policy::robots::verdict{};
    std::string out;
    json_object o(out);
    o.text("url", address);
    o.flag("allowed", verdict.allowed);
    verdict.rule.empty() ? o.null("rule") : o.text("rule", verdict.rule);
    verdict.line == 0 ? o.null("line") : o.number("line", verdict.line);
    o.close();
    return out;
  });
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
  CLI::App* page_command = arguments.add_subcommand("page", "the record of a page");
  page_command->add_option("page", page->page, "FILE, - for standard input, or a URL, which is fetched by the rules of a crawl")->required();
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
