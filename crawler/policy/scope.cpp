#include "crawler/policy/scope.hpp"

#include <algorithm>

#include "crawler/url/domain.hpp"

namespace trawl::policy {
namespace {

std::vector<url::pattern> compile(const std::vector<std::string>& texts) {
  std::vector<url::pattern> out;
  for (const std::string& t : texts)
    if (auto p = url::pattern::compile(t)) out.push_back(std::move(*p));
  return out;
}

std::string directory_of(const url::url& u) { return u.host_port() + u.path.substr(0, u.path.rfind('/') + 1); }

}  // namespace

scope::scope(const config::scope& settings) : settings_(settings), include_(compile(settings.include)), exclude_(compile(settings.exclude)) {}

std::string scope::key_of(const url::url& target) const {
  switch (settings_.within) {
    case config::within_mode::domain: return std::string(url::registrable_domain(target.host.value_or("")));
    case config::within_mode::prefix: return directory_of(target);
    default: return target.host_port();
  }
}

void scope::join(const url::url& target) { joined_.insert(key_of(target)); }

bool scope::is_within(const url::url& target) const {
  if (settings_.within == config::within_mode::any) return true;
  std::string key = key_of(target);
  if (settings_.within != config::within_mode::prefix) return joined_.contains(key);
  while (!key.empty()) {  // the URL's directory, then each above it
    if (joined_.contains(key)) return true;
    key.pop_back();
    const auto slash = key.rfind('/');
    if (slash == std::string::npos) return false;
    key.resize(slash + 1);
  }
  return false;
}

scope::verdict scope::admits(const url::url& target, std::uint32_t depth, bool is_seed) {
  const std::string text = target.without_fragment();
  const auto is_match = [&](const url::pattern& p) { return p.matches(text); };
  if (text.size() > settings_.max_url_length) return {false, "scope.max_url_length"};
  if (std::ranges::any_of(exclude_, is_match)) return {false, "scope.exclude"};
  if (is_seed) {
    join(target);
    return {};
  }
  if (settings_.max_depth && depth > *settings_.max_depth) return {false, "scope.max_depth"};
  if (!is_within(target)) return {false, "scope.within"};
  if (!settings_.include.empty() && std::ranges::none_of(include_, is_match)) return {false, "scope.include"};
  return {};
}

}  // namespace trawl::policy
