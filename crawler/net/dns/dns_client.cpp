#include "crawler/net/dns/dns_client.hpp"

#include <ares.h>
#include <netinet/in.h>

#include <algorithm>
#include <stdexcept>

namespace trawl::net {
namespace {

constexpr auto tick_every = std::chrono::milliseconds(250);
constexpr int query_timeout_ms = 3000, query_tries = 2;
constexpr std::size_t most_addresses = 64;

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

dns_answer to_answer(const ares_addrinfo& found) {
  addresses list;
  int ttl = static_cast<int>(longest_kept.count());
  for (const ares_addrinfo_node* n = found.nodes; n != nullptr && list.size() < most_addresses; n = n->ai_next) {
    ttl = std::min(ttl, n->ai_ttl);
    if (n->ai_family == AF_INET) {
      list.push_back(asio::ip::address_v4(ntohl(reinterpret_cast<const sockaddr_in*>(n->ai_addr)->sin_addr.s_addr)));
    } else if (n->ai_family == AF_INET6) {
      asio::ip::address_v6::bytes_type bytes;
      std::copy_n(reinterpret_cast<const sockaddr_in6*>(n->ai_addr)->sin6_addr.s6_addr, bytes.size(), bytes.begin());
      list.push_back(asio::ip::address_v6(bytes));
    }
  }
  if (list.empty()) return {std::unexpected(to_error(ARES_ENODATA))};
  return {std::move(list), std::chrono::seconds(ttl)};
}

}  // namespace

struct dns_client::question {
  dns_client& asker;
  handler on_answer;
};

dns_client::dns_client(asio::io_context& context, const std::string& servers) : context_(context), timer_(context) {
  static const ares_library library;
  ares_options options{};
  options.sock_state_cb = &dns_client::on_socket;
  options.sock_state_cb_data = this;
  options.timeout = query_timeout_ms;
  options.tries = query_tries;
  char order[] = "b";  // DNS alone; the hosts file is read by us
  options.lookups = order;
  if (ares_init_options(&channel_, &options, ARES_OPT_SOCK_STATE_CB | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS) != ARES_SUCCESS)
    throw std::runtime_error("the DNS resolver could not start");
  if (!servers.empty() && ares_set_servers_ports_csv(channel_, servers.c_str()) != ARES_SUCCESS) throw std::runtime_error("no name server is called " + servers);
}

dns_client::~dns_client() {
  if (channel_ != nullptr) ares_destroy(channel_);  // ends every pending question by its callback
  for (auto& [fd, socket] : sockets_) socket->release();
}

void dns_client::on_socket(void* self, int fd, int readable, int writable) {
  auto& me = *static_cast<dns_client*>(self);
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

void dns_client::watch(int fd, bool for_read) {
  const auto known = sockets_.find(fd);
  if (known == sockets_.end()) return;
  const auto wait = for_read ? asio::posix::stream_descriptor::wait_read : asio::posix::stream_descriptor::wait_write;
  known->second->async_wait(wait, [this, fd, for_read, socket = std::weak_ptr(known->second)](boost::system::error_code ec) {
    if (ec || socket.expired()) return;
    ares_process_fd(channel_, for_read ? fd : ARES_SOCKET_BAD, for_read ? ARES_SOCKET_BAD : fd);
    if (for_read && !socket.expired()) watch(fd, true);
  });
}

void dns_client::tick() {
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

void dns_client::on_reply(void* asked, int status, int, ares_addrinfo* found) {
  const std::unique_ptr<question> q(static_cast<question*>(asked));
  dns_answer answer;
  if (status == ARES_SUCCESS) {
    answer = to_answer(*found);
    ares_freeaddrinfo(found);
  } else {
    answer.found = std::unexpected(to_error(status));
  }
  if (status == ARES_EDESTRUCTION) return;  // the loop may be gone already
  --q->asker.pending_;
  q->on_answer(std::move(answer));
}

void dns_client::ask(const std::string& name, family of, handler on_answer) {
  ares_addrinfo_hints hints{};
  hints.ai_family = of == family::v6 ? AF_INET6 : AF_INET;
  hints.ai_flags = ARES_AI_NOSORT;
  ++pending_;
  ares_getaddrinfo(channel_, name.c_str(), nullptr, &hints, &dns_client::on_reply, new question{*this, std::move(on_answer)});
  tick();
}

}  // namespace trawl::net
