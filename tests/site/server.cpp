#include "tests/site/server.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "tests/site/wire.hpp"

namespace trawl::site {

using asio::ip::tcp;

namespace {

constexpr auto token = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t largest_head = 1U << 20;

std::unique_ptr<asio::ssl::context> context_for(const identity& id) {
  auto out = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  out->use_certificate_chain(asio::buffer(id.certificate));
  out->use_private_key(asio::buffer(id.key), asio::ssl::context::pem);
  constexpr unsigned char name[] = "trawl-test-site";
  SSL_CTX_set_session_id_context(out->native_handle(), name, sizeof name);
  if (id.newest_version != 0) SSL_CTX_set_max_proto_version(out->native_handle(), id.newest_version);
  return out;
}

}  // namespace

/// A connection in the books, from its accept to the end of its coroutine.
class server::presence {
 public:
  presence(server& owner, const listener& at) : owner_(owner) {
    const std::lock_guard lock(owner.mutex_);
    index_ = owner.connections_.size();
    owner.connections_.push_back({.number = index_ + 1, .opened = std::chrono::steady_clock::now(), .address = at.where.address, .port = at.where.port});
    owner.most_.connections = std::max(owner.most_.connections, ++owner.connections_now_);
  }
  ~presence() {
    const std::lock_guard lock(owner_.mutex_);
    owner_.connections_[index_].closed = std::chrono::steady_clock::now();
    --owner_.connections_now_;
  }
  presence(const presence&) = delete;
  presence& operator=(const presence&) = delete;
  std::size_t index() const noexcept { return index_; }

 private:
  server& owner_;
  std::size_t index_ = 0;
};

std::string place::url(std::string_view target, std::string_view host) const {
  std::string name(host.empty() ? std::string_view(address) : host);
  if (name.find(':') != std::string::npos) name = "[" + name + "]";
  return scheme + "://" + name + ":" + std::to_string(port) + std::string(target);
}

server::server(handler fallback, std::uint16_t port) : fallback_(std::move(fallback)) {
  home_ = add_listener("127.0.0.1", port, nullptr);
  thread_ = std::jthread([this] {
    const auto work = asio::make_work_guard(context_);
    context_.run();
  });
}

server::~server() { context_.stop(); }

place server::listen(const std::string& address, std::uint16_t port) { return add_listener(address, port, nullptr); }
place server::listen_tls(const identity& id, const std::string& address, std::uint16_t port) { return add_listener(address, port, context_for(id)); }

place server::add_listener(const std::string& address, std::uint16_t port, std::unique_ptr<asio::ssl::context> tls) {
  tcp::acceptor acceptor(context_, tcp::endpoint(asio::ip::make_address(address), port));
  const place where{tls ? "https" : "http", address, acceptor.local_endpoint().port()};
  const std::lock_guard lock(mutex_);
  listener& added = listeners_.emplace_back(std::move(acceptor), std::move(tls), where);
  asio::co_spawn(context_, accept(added), asio::detached);
  return where;
}

void server::on(std::string target, handler h) {
  const std::lock_guard lock(mutex_);
  handlers_[std::move(target)] = {std::move(h), false};
}

void server::on_head(std::string target, handler h) {
  const std::lock_guard lock(mutex_);
  handlers_[std::move(target)] = {std::move(h), true};
}

void server::on_connect(greeting g) {
  const std::lock_guard lock(mutex_);
  greeting_ = std::move(g);
}

std::vector<seen_request> server::log() const {
  const std::lock_guard lock(mutex_);
  return log_;
}

std::vector<seen_connection> server::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

high_water server::most() const {
  const std::lock_guard lock(mutex_);
  return most_;
}

std::size_t server::count(std::string_view target) const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::ranges::count_if(log_, [&](const seen_request& r) { return r.target == target; }));
}

bool server::wait_until(const std::function<bool(const server&)>& condition, std::chrono::milliseconds limit) const {
  constexpr std::chrono::milliseconds look_again{2};
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition(*this)) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(look_again);
  }
  return true;
}

server::answer server::answer_for(const std::string& target) const {
  const std::lock_guard lock(mutex_);
  const auto known = handlers_.find(target);
  return known == handlers_.end() ? answer{fallback_} : known->second;
}

asio::awaitable<void> server::accept(listener& at) {
  for (;;) {
    auto [ec, socket] = co_await at.acceptor.async_accept(token);
    if (ec) co_return;
    asio::co_spawn(context_, serve(std::move(socket), at), asio::detached);
  }
}

asio::awaitable<void> server::serve(tcp::socket socket, listener& at) {
  const presence here(*this, at);
  wire w(std::move(socket), at.tls.get());
  bool open = co_await greet(w, here.index());
  if (open) {
    seen_connection seen;
    open = co_await w.handshake(seen);
    const std::lock_guard lock(mutex_);
    seen_connection& entry = connections_[here.index()];
    entry.tls = seen.tls, entry.handshake_done = seen.handshake_done, entry.resumed = seen.resumed;
    entry.tls_version = seen.tls_version, entry.sni = seen.sni;
  }
  for (std::string buffer; open;) open = co_await serve_one(w, buffer, here.index());
  const std::lock_guard lock(mutex_);
  connections_[here.index()].peer_closed = w.peer_closed();
}

asio::awaitable<bool> server::greet(wire& w, std::size_t connection) {
  greeting hello;
  {
    const std::lock_guard lock(mutex_);
    hello = greeting_;
  }
  if (!hello) co_return true;
  const std::vector<step> steps = in_order(hello(connection + 1));
  for (const step& s : steps) {
    const bool open = co_await w.obey(s);
    if (!open) co_return false;
  }
  co_return true;
}

std::size_t server::enter(std::string head, std::size_t connection) {
  const std::lock_guard lock(mutex_);
  seen_connection& entry = connections_[connection];
  ++entry.requests;
  seen_request r{std::chrono::steady_clock::now(), entry.number, "", "", std::move(head), "", entry.port};
  const std::size_t blank = r.head.find(' ');
  r.method = r.head.substr(0, blank);
  r.target = r.head.substr(blank + 1, r.head.find(' ', blank + 1) - blank - 1);
  log_.push_back(std::move(r));
  most_.requests = std::max(most_.requests, ++requests_now_);
  return log_.size() - 1;
}

seen_request server::entered(std::size_t request) const {
  const std::lock_guard lock(mutex_);
  return log_[request];
}

asio::awaitable<bool> server::read_head(wire& w, std::string& buffer, std::string& head) {
  std::size_t end = 0;
  while ((end = buffer.find("\r\n\r\n")) == std::string::npos) {
    const bool more = buffer.size() <= largest_head && co_await w.read(buffer);
    if (!more) co_return false;
  }
  head = buffer.substr(0, end + 4);
  buffer.erase(0, head.size());
  co_return true;
}

asio::awaitable<bool> server::take_body(wire& w, std::string& buffer, std::size_t request) {
  const std::string length = entered(request).header("content-length");
  const std::size_t size = length.empty() ? 0 : std::stoul(length);
  while (buffer.size() < size) {
    const bool more = co_await w.read(buffer);
    if (!more) co_return false;
  }
  const std::lock_guard lock(mutex_);
  log_[request].body = buffer.substr(0, size);
  buffer.erase(0, size);
  co_return true;
}

asio::awaitable<bool> server::serve_one(wire& w, std::string& buffer, std::size_t connection) {
  std::string head;
  bool open = co_await read_head(w, buffer, head);
  if (!open) co_return false;
  const std::size_t request = enter(std::move(head), connection);
  const answer how = answer_for(entered(request).target);
  bool body_taken = !how.before_body;
  if (body_taken) open = co_await take_body(w, buffer, request);
  if (open && body_taken && (!buffer.empty() || w.has_input())) {
    const std::lock_guard lock(mutex_);
    connections_[connection].pipelined = true;
  }
  const std::vector<step> steps = open ? in_order(how.make(entered(request))) : std::vector<step>{};
  for (std::size_t i = 0; open && i < steps.size(); ++i) {
    if (steps[i].what != step::act::take_body) {
      open = co_await w.obey(steps[i]);
    } else if (!std::exchange(body_taken, true)) {
      open = co_await take_body(w, buffer, request);
    }
  }
  {
    const std::lock_guard lock(mutex_);
    --requests_now_;
  }
  if (open && !body_taken) open = co_await take_body(w, buffer, request);
  co_return open;
}

}  // namespace trawl::site
