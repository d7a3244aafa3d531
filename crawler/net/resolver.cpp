#include "crawler/net/resolver.hpp"

#include <ares.h>
#include <netinet/in.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>

namespace trawl::net {
namespace {

constexpr auto shortest_kept = std::chrono::seconds(60), longest_kept = std::chrono::seconds(3600);
constexpr auto tick_every = std::chrono::milliseconds(250);
constexpr std::size_t most_names = 50'000;
constexpr int query_timeout_ms = 3000, query_tries = 2;

struct ares_library {
  ares_library() { ares_library_init(ARES_LIB_INIT_ALL); }
};

error to_error(int status) {
  switch (status) {
    case ARES_ENOTFOUND:
    case ARES_ENODATA: return {errc::dns_not_found, "the name has no address"};
    case ARES_ETIMEOUT: return {errc::dns_timeout, "no name server answered in time"};
    default: return {errc::dns_failed, ares_strerror(status)};
  }
}

/// RFC 6761, 6.3: such names are loopback and never asked for.
bool is_localhost(std::string_view host) noexcept {
  if (host.ends_with('.')) host.remove_suffix(1);
  return host == "localhost" || host.ends_with(".localhost");
}

}  // namespace

resolver::resolver(asio::io_context& context, std::map<std::string, std::string> fixed) : context_(context), fixed_(std::move(fixed)), timer_(context) {
  static const ares_library library;
  ares_options options{};
  options.sock_state_cb = &resolver::on_socket;
  options.sock_state_cb_data = this;
  options.timeout = query_timeout_ms;
  options.tries = query_tries;
  char order[] = "fb";  // the hosts file, then DNS
  options.lookups = order;
  if (ares_init_options(&channel_, &options, ARES_OPT_SOCK_STATE_CB | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS) != ARES_SUCCESS)
    throw std::runtime_error("the DNS resolver could not start");
}

resolver::~resolver() {
  if (channel_ != nullptr) ares_destroy(channel_);  // ends every pending lookup by its callback
  for (auto& [fd, socket] : sockets_) socket->release();
}

void resolver::on_socket(void* self, int fd, int readable, int writable) {
  auto& me = *static_cast<resolver*>(self);
  auto known = me.sockets_.find(fd);
  if (readable == 0 && writable == 0) {
    if (known == me.sockets_.end()) return;
    known->second->cancel();
    known->second->release();  // c-ares closes it
    me.sockets_.erase(known);
    return;
  }
  if (known == me.sockets_.end()) me.sockets_.emplace(fd, std::make_shared<asio::posix::stream_descriptor>(me.context_, fd));
  if (readable != 0) me.watch(fd, true);
  if (writable != 0) me.watch(fd, false);
}

void resolver::watch(int fd, bool for_read) {
  const auto known = sockets_.find(fd);
  if (known == sockets_.end()) return;
  const auto wait = for_read ? asio::posix::stream_descriptor::wait_read : asio::posix::stream_descriptor::wait_write;
  known->second->async_wait(wait, [this, fd, for_read, socket = std::weak_ptr(known->second)](boost::system::error_code ec) {
    if (ec || socket.expired()) return;
    ares_process_fd(channel_, for_read ? fd : ARES_SOCKET_BAD, for_read ? ARES_SOCKET_BAD : fd);
    if (for_read && !socket.expired()) watch(fd, true);
  });
}

void resolver::tick() {
  if (ticking_ || pending_ == 0) return;
  ticking_ = true;
  timer_.expires_after(tick_every);
  timer_.async_wait([this](boost::system::error_code ec) {
    if (ec) return;
    ticking_ = false;
    ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // lets c-ares see its time-outs
    tick();
  });
}

void resolver::on_answer(void* context, int status, int, ares_addrinfo* found) {
  const std::unique_ptr<std::pair<resolver*, std::shared_ptr<lookup>>> holder(static_cast<std::pair<resolver*, std::shared_ptr<lookup>>*>(context));
  auto& [me, self] = *holder;
  auto kept = shortest_kept;
  self->answered = true;
  if (status == ARES_SUCCESS) {
    addresses list;
    int ttl = static_cast<int>(longest_kept.count());
    for (const ares_addrinfo_node* n = found->nodes; n != nullptr && list.size() < 64; n = n->ai_next) {
      ttl = std::min(ttl, n->ai_ttl);
      if (n->ai_family == AF_INET) {
        const auto* v4 = reinterpret_cast<const sockaddr_in*>(n->ai_addr);
        list.push_back(asio::ip::address_v4(ntohl(v4->sin_addr.s_addr)));
      } else if (n->ai_family == AF_INET6) {
        asio::ip::address_v6::bytes_type bytes;
        std::copy_n(reinterpret_cast<const sockaddr_in6*>(n->ai_addr)->sin6_addr.s6_addr, bytes.size(), bytes.begin());
        list.push_back(asio::ip::address_v6(bytes));
      }
    }
    ares_freeaddrinfo(found);
    kept = std::clamp(std::chrono::seconds(ttl), shortest_kept, longest_kept);
    if (list.empty()) {
      self->answer = fail(errc::dns_not_found, "the name has no address");
    } else {
      self->answer = std::move(list);
    }
  } else {
    self->answer = std::unexpected(to_error(status));
  }
  // Only what a server said is kept: that no server answered may have passed when the URL is tried again.
  const bool is_answer = status == ARES_SUCCESS || status == ARES_ENOTFOUND || status == ARES_ENODATA;
  self->expires = std::chrono::steady_clock::now() + (is_answer ? kept : std::chrono::seconds(0));
  if (status == ARES_EDESTRUCTION) return;  // the loop may be gone already
  --me->pending_;
  self->done.cancel();
}

asio::awaitable<result<addresses>> resolver::resolve(std::string host) {
  if (const auto fixed = fixed_.find(host); fixed != fixed_.end()) host = fixed->second;
  const std::string literal = host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
  boost::system::error_code ec;
  if (const auto address = asio::ip::make_address(literal, ec); !ec) co_return addresses{address};
  if (is_localhost(host)) co_return addresses{asio::ip::address_v4::loopback(), asio::ip::address_v6::loopback()};

  const auto now = std::chrono::steady_clock::now();
  auto& slot = lookups_[host];
  if (!slot || (slot->answered && slot->expires <= now)) {
    slot = std::make_shared<lookup>(context_);
    ares_addrinfo_hints hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_flags = ARES_AI_NOSORT;
    ++pending_;
    const auto asked = slot;
    ares_getaddrinfo(channel_, host.c_str(), nullptr, &hints, &resolver::on_answer, new std::pair<resolver*, std::shared_ptr<lookup>>(this, asked));
    tick();
  }
  const std::shared_ptr<lookup> mine = lookups_[host];
  while (!mine->answered) co_await mine->done.async_wait(asio::as_tuple(asio::use_awaitable));
  if (lookups_.size() > most_names) std::erase_if(lookups_, [&](const auto& l) { return l.second->answered && l.second != mine; });
  co_return mine->answer;
}

}  // namespace trawl::net
