// The scripted HTTP server that tests crawl: answers are bytes, so that it can misbehave exactly; every request is logged.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace trawl::site {

/// One request as it came in.
struct seen_request {
  std::chrono::steady_clock::time_point at;
  std::uint64_t connection = 0;  ///< counted from 1
  std::string method, target, head, body;

  /// A header's value, name without case; empty if absent.
  std::string header(std::string_view name) const;
};

/// What goes back: bytes as they are, after a pause, and whether the connection is then closed.
struct reply {
  std::string bytes;
  std::chrono::milliseconds pause{0};
  bool close = false;
};

/// A whole response with Content-Length.
reply page(std::string body, int status = 200, std::string content_type = "text/html; charset=utf-8", std::string more_headers = "");
reply redirect(const std::string& to, int status = 302);

/// Runs on a thread of its own from construction to destruction, on 127.0.0.1.
class server {
 public:
  using handler = std::function<reply(const seen_request&)>;
  /// `fallback` answers what no `on` names. Port 0: any free one.
  explicit server(handler fallback, std::uint16_t port = 0);
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Answers one target exactly (path and query). Before the first request, or from its own handlers.
  void on(std::string target, handler h);
  std::uint16_t port() const noexcept { return port_; }
  std::string url(std::string_view target) const;
  std::vector<seen_request> log() const;  ///< any thread
  std::size_t count(std::string_view target) const;

 private:
  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket, std::uint64_t number);

  boost::asio::io_context context_{1};
  boost::asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  handler fallback_;
  mutable std::mutex mutex_;
  std::map<std::string, handler> handlers_;
  std::vector<seen_request> log_;
  std::jthread thread_;
};

}  // namespace trawl::site
