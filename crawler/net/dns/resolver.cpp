#include "crawler/net/dns/resolver.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <vector>

#include "crawler/async/place_in_line.hpp"

namespace trawl::net {

using std::chrono::steady_clock;

namespace {

/// RFC 8305, 3: the Resolution Delay.
constexpr auto other_family_delay = std::chrono::milliseconds(50);

bool is_localhost(std::string_view host) noexcept {
  if (host.ends_with('.')) host.remove_suffix(1);
  return host == "localhost" || host.ends_with(".localhost");
}

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

}  // namespace

std::optional<addresses> literal_addresses(std::string_view host) {
  const std::string bare(host.starts_with('[') && host.ends_with(']') ? host.substr(1, host.size() - 2) : host);
  boost::system::error_code ec;
  if (const auto address = asio::ip::make_address(bare, ec); !ec) return addresses{address};
  if (is_localhost(host)) return addresses{asio::ip::address_v4::loopback(), asio::ip::address_v6::loopback()};
  return std::nullopt;
}

/// One name being asked for, in both families, and who waits for it.
class resolver::lookup {
 public:
  explicit lookup(asio::io_context& context) : grace(context) {}

  /// Both families together, as far as they have come. That a name has no address of one family is no failure of the other.
  dns_answer together() const {
    dns_answer out{std::unexpected(error{errc::dns_not_found, "the name has no address"}), longest_kept};
    addresses list;
    for (const auto& half : {four, six}) {
      if (!half) continue;
      if (half->found) {
        list.insert(list.end(), half->found->begin(), half->found->end());
        out.ttl = std::min(out.ttl, half->ttl);
      } else if (half->found.error().code != errc::dns_not_found) {
        out.found = half->found;
      }
    }
    if (!list.empty()) out.found = std::move(list);
    return out;
  }
  bool is_whole() const noexcept { return four && six; }
  bool has_addresses() const noexcept { return (four && four->found) || (six && six->found); }
  void wake() {
    for (asio::steady_timer* t : waiting) t->cancel();
  }

  std::optional<dns_answer> four, six;
  std::optional<result<addresses>> answer;  ///< there for who waits; may come before it is whole
  asio::steady_timer grace;                 ///< for the family that is late
  bool is_orphan = false;                   ///< its resolver is gone
  std::vector<asio::steady_timer*> waiting;
};

resolver::resolver(asio::io_context& context, resolver_settings settings) : context_(context), hosts_(read_hosts(settings.hosts_file)), servers_(context, settings.servers) {
  for (const auto& [name, address] : settings.fixed)
    if (auto literal = literal_addresses(address)) fixed_[lower_case(name)] = std::move(*literal);
}

resolver::~resolver() {
  for (const auto& [host, l] : lookups_) {
    l->is_orphan = true;
    l->grace.cancel();
  }
}

/// What is known so far goes to the cache and to whoever waits.
void resolver::settle(const std::string& host, lookup& l) {
  const auto now = steady_clock::now();
  dns_answer all = l.together();
  if (all.found) {
    cache_.put(host, *all.found, all.ttl, now);
  } else if (all.found.error().code == errc::dns_not_found) {
    cache_.put_none(host, all.found.error(), now);
  }
  if (!l.answer) l.answer = std::move(all.found);
  l.wake();
}

std::shared_ptr<resolver::lookup> resolver::ask(const std::string& host) {
  if (const auto known = lookups_.find(host); known != lookups_.end()) return known->second;
  const auto made = std::make_shared<lookup>(context_);
  lookups_.emplace(host, made);
  for (const family of : {family::v4, family::v6}) {
    servers_.ask(host, of, [this, host, of, made](dns_answer come) {
      (of == family::v6 ? made->six : made->four) = std::move(come);
      if (made->is_whole()) {
        made->grace.cancel();
        settle(host, *made);
        lookups_.erase(host);
      } else if (made->has_addresses()) {
        made->grace.expires_after(other_family_delay);
        made->grace.async_wait([this, host, made](boost::system::error_code ec) {
          if (!ec && !made->is_orphan && !made->is_whole()) settle(host, *made);
        });
      }
    });
  }
  return made;
}

asio::awaitable<result<addresses>> resolver::resolve(std::string host, steady_clock::time_point until) {
  if (const auto fixed = fixed_.find(host); fixed != fixed_.end()) co_return fixed->second;
  if (auto literal = literal_addresses(host)) co_return std::move(*literal);
  const std::string bare = host.ends_with('.') ? host.substr(0, host.size() - 1) : host;
  if (const auto listed = hosts_.find(bare); listed != hosts_.end()) co_return listed->second;
  if (const auto* known = cache_.find(host, steady_clock::now())) co_return *known;

  const std::shared_ptr<lookup> mine = ask(host);
  asio::steady_timer timer(context_, until);
  const async::place_in_line place(mine->waiting, timer);
  while (!mine->answer) {
    if (steady_clock::now() >= until) co_return fail(errc::dns_timeout, "no name server answered in time");
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) co_return fail(errc::cancelled);
  }
  co_return *mine->answer;
}

}  // namespace trawl::net
