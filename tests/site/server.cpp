#include "tests/site/server.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "crawler/model/response.hpp"

namespace trawl::site {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {
constexpr auto token = asio::as_tuple(asio::use_awaitable);
}

std::string seen_request::header(std::string_view name) const {
  std::size_t from = 0;
  while (from < head.size()) {
    const std::size_t end = std::min(head.find("\r\n", from), head.size());
    const std::string_view line = std::string_view(head).substr(from, end - from);
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos && equal_ignoring_case(line.substr(0, colon), name)) {
      std::string_view value = line.substr(colon + 1);
      while (value.starts_with(' ')) value.remove_prefix(1);
      return std::string(value);
    }
    from = end + 2;
  }
  return {};
}

reply page(std::string body, int status, std::string content_type, std::string more_headers) {
  return {"HTTP/1.1 " + std::to_string(status) + " x\r\nContent-Type: " + content_type + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more_headers + "\r\n" + body};
}

reply redirect(const std::string& to, int status) {
  return {"HTTP/1.1 " + std::to_string(status) + " x\r\nLocation: " + to + "\r\nContent-Length: 0\r\n\r\n"};
}

server::server(handler fallback, std::uint16_t port) : acceptor_(context_, tcp::endpoint(asio::ip::address_v4::loopback(), port)), port_(acceptor_.local_endpoint().port()), fallback_(std::move(fallback)) {
  asio::co_spawn(context_, accept(), asio::detached);
  thread_ = std::jthread([this] { context_.run(); });
}

server::~server() { context_.stop(); }

void server::on(std::string target, handler h) {
  const std::lock_guard lock(mutex_);
  handlers_[std::move(target)] = std::move(h);
}

std::string server::url(std::string_view target) const { return "http://127.0.0.1:" + std::to_string(port_) + std::string(target); }

std::vector<seen_request> server::log() const {
  const std::lock_guard lock(mutex_);
  return log_;
}

std::size_t server::count(std::string_view target) const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::ranges::count_if(log_, [&](const seen_request& r) { return r.target == target; }));
}

asio::awaitable<void> server::accept() {
  for (std::uint64_t number = 1;; ++number) {
    auto [ec, socket] = co_await acceptor_.async_accept(token);
    if (ec) co_return;
    socket.set_option(tcp::no_delay(true), ec);
    asio::co_spawn(context_, serve(std::move(socket), number), asio::detached);
  }
}

asio::awaitable<void> server::serve(tcp::socket socket, std::uint64_t number) {
  std::string buffer;
  for (;;) {
    const auto [ec, head_size] = co_await asio::async_read_until(socket, asio::dynamic_buffer(buffer, 1 << 20), "\r\n\r\n", token);
    if (ec) co_return;
    seen_request r{std::chrono::steady_clock::now(), number, "", "", buffer.substr(0, head_size), ""};
    buffer.erase(0, head_size);
    const std::size_t blank = r.head.find(' ');
    r.method = r.head.substr(0, blank);
    r.target = r.head.substr(blank + 1, r.head.find(' ', blank + 1) - blank - 1);
    const std::string length = r.header("content-length");
    const std::size_t body_size = length.empty() ? 0 : std::stoul(length);
    if (buffer.size() < body_size) {
      const auto [failed, got] = co_await asio::async_read(socket, asio::dynamic_buffer(buffer), asio::transfer_exactly(body_size - buffer.size()), token);
      if (failed) co_return;
    }
    r.body = buffer.substr(0, body_size);
    buffer.erase(0, body_size);
    handler answer = fallback_;
    {
      const std::lock_guard lock(mutex_);
      log_.push_back(r);
      if (const auto known = handlers_.find(r.target); known != handlers_.end()) answer = known->second;
    }
    const reply out = answer(r);
    if (out.pause.count() > 0) {
      asio::steady_timer timer(context_, out.pause);
      co_await timer.async_wait(token);
    }
    const auto [write_failed, written] = co_await asio::async_write(socket, asio::buffer(out.bytes), token);
    if (write_failed || out.close) co_return;
  }
}

}  // namespace trawl::site
