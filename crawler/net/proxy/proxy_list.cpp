#include "crawler/net/proxy/proxy_list.hpp"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

namespace trawl::net {
namespace {

constexpr std::chrono::seconds first_rest{1}, longest_rest{300};
constexpr std::uint32_t most_doublings = 9;  // 512 s is above the longest
constexpr std::size_t most_hosts = 10'000;

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find_first_of(", \t", at), text.size());
    if (end > at) out.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  for (std::string& word : out)
    for (char& c : word) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

}  // namespace

std::optional<std::string> process_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
}

bool is_excepted(const std::vector<std::string>& no_proxy, const std::string& host, std::uint16_t port) {
  return std::ranges::any_of(no_proxy, [&](std::string_view word) {
    if (word == "*") return true;
    const std::size_t colon = word.rfind(':');
    const bool has_port = colon != std::string_view::npos && (word.find(':') == colon || word[colon - 1] == ']');
    if (has_port && word.substr(colon + 1) != std::to_string(port)) return false;
    if (has_port) word = word.substr(0, colon);
    if (word.starts_with("*.")) word.remove_prefix(1);
    if (word.starts_with('.')) word.remove_prefix(1);
    if (word.empty() || !host.ends_with(word)) return word.find(':') != std::string_view::npos && host == "[" + std::string(word) + "]";
    return host.size() == word.size() || host[host.size() - word.size() - 1] == '.';
  });
}

proxy_list::proxy_list(const std::vector<std::string>& entries, bool by_operator, const environment& env) {
  for (const std::string& text : entries) {
    if (text == "env") {
      read_environment(env);
      turns_.push_back(nullptr);
    } else {
      turns_.push_back(add(text, "fetch.proxies", by_operator));
    }
  }
}

/// The text may hold a password: the message does not.
proxy_list::entry* proxy_list::add(const std::string& text, const std::string& source, bool by_operator) {
  auto server = parse_proxy(text);
  if (!server) throw std::runtime_error(source + ": expected http://, https:// or socks5:// with a host and a port");
  server->by_operator = by_operator;
  server->id = std::to_string(entries_.size()) + " " + server->name();
  entries_.push_back({.server = std::move(*server)});
  return &entries_.back();
}

void proxy_list::read_environment(const environment& env) {
  const auto first_of = [&](std::initializer_list<const char*> names) -> entry* {
    for (const char* name : names)
      if (const auto value = env(name)) return add(*value, name, true);
    return nullptr;
  };
  env_.http = first_of({"http_proxy", "all_proxy", "ALL_PROXY"});
  env_.https = first_of({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"});
  for (const char* name : {"no_proxy", "NO_PROXY"})
    if (const auto value = env(name); value && env_.none.empty()) env_.none = split(*value);
}

proxy_list::entry* proxy_list::in_turn(std::size_t turn, const url::url& target) noexcept {
  if (turns_[turn] != nullptr) return turns_[turn];
  if (is_excepted(env_.none, *target.host, target.effective_port())) return nullptr;
  return target.scheme == "https" ? env_.https : env_.http;
}

const proxy_server* proxy_list::choose(const url::url& target, time_point now) {
  if (turns_.empty()) return nullptr;
  if (next_.size() >= most_hosts && !next_.contains(*target.host)) next_.clear();
  std::size_t& next = next_[*target.host];
  const std::size_t begin = next;
  next = (next + 1) % turns_.size();
  entry* best = nullptr;
  for (std::size_t i = 0; i < turns_.size(); ++i) {
    entry* candidate = in_turn((begin + i) % turns_.size(), target);
    if (candidate == nullptr) return nullptr;
    if (candidate->rests_until <= now) return &candidate->server;
    if (best == nullptr || candidate->rests_until < best->rests_until) best = candidate;
  }
  return &best->server;
}

proxy_list::entry* proxy_list::find(const proxy_server& proxy) noexcept {
  const auto found = std::ranges::find_if(entries_, [&](const entry& e) { return &e.server == &proxy; });
  return found == entries_.end() ? nullptr : &*found;
}

void proxy_list::failed(const proxy_server& proxy, time_point now) {
  entry* e = find(proxy);
  if (e == nullptr || e->rests_until > now) return;  // what was sent before it was known to fail says nothing new
  e->rests_until = now + std::min<std::chrono::seconds>(first_rest * (1U << std::min(e->failures, most_doublings)), longest_rest);
  ++e->failures;
}

void proxy_list::worked(const proxy_server& proxy) {
  if (entry* e = find(proxy)) e->failures = 0, e->rests_until = {};
}

}  // namespace trawl::net
