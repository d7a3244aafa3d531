#include "crawler/policy/traps/domain_budget.hpp"

#include <functional>
#include <utility>

#include "crawler/url/domain.hpp"

namespace trawl::policy {
namespace {

std::uint64_t hash_of(std::string_view text) noexcept { return std::hash<std::string_view>{}(text); }
std::uint64_t domain_of(const url::url& target) noexcept { return target.host ? hash_of(url::registrable_domain(*target.host)) : 0; }

}  // namespace

domain_budget::verdict domain_budget::admits(const url::url& target) {
  const std::uint64_t host = hash_of(target.host_port());
  const std::lock_guard lock(mutex_);
  const auto known = hosts_.find(host);
  if (known != hosts_.end() && known->second.is_exempt) return verdict::admitted;
  const std::uint64_t domain = known != hosts_.end() ? known->second.domain : domain_of(target);
  domain_entry& d = domains_[domain];
  if (is_full(d, known == hosts_.end())) return std::exchange(d.is_told, true) ? verdict::refused : verdict::first;
  if (known == hosts_.end()) {
    ++d.hosts;
    hosts_[host].domain = domain;
  }
  return verdict::admitted;
}

void domain_budget::exempt(std::string_view host_port) {
  const std::lock_guard lock(mutex_);
  const auto [at, is_new] = hosts_.try_emplace(hash_of(host_port));
  host_entry& h = at->second;
  if (std::exchange(h.is_exempt, true) || is_new) return;
  domain_entry& d = domains_[h.domain];
  --d.hosts;
  d.urls -= h.urls;
}

void domain_budget::count(std::string_view host_port) {
  const std::lock_guard lock(mutex_);
  const auto known = hosts_.find(hash_of(host_port));
  if (known == hosts_.end() || known->second.is_exempt) return;
  ++known->second.urls;
  ++domains_[known->second.domain].urls;
}

void domain_budget::resume(const url::url& host, std::uint64_t urls) {
  const std::uint64_t domain = domain_of(host);
  const std::lock_guard lock(mutex_);
  const auto [at, is_new] = hosts_.try_emplace(hash_of(host.host_port()), host_entry{.domain = domain, .urls = urls});
  if (!is_new) return;
  domain_entry& d = domains_[domain];
  ++d.hosts;
  d.urls += urls;
}

bool domain_budget::is_over(const url::url& target) const {
  const std::lock_guard lock(mutex_);
  const auto known = hosts_.find(hash_of(target.host_port()));
  if (known != hosts_.end() && known->second.is_exempt) return false;
  const auto d = domains_.find(domain_of(target));
  return d != domains_.end() && is_full(d->second, known == hosts_.end());
}

}  // namespace trawl::policy
