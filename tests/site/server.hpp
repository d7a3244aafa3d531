// The scripted HTTP server that tests crawl: answers are bytes and steps, so that it can misbehave exactly; every connection and
// every request is logged.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/site/script.hpp"
#include "tests/site/seen.hpp"
#include "tests/site/tls.hpp"

namespace trawl::site {

namespace asio = boost::asio;
class wire;

/// Where a server listens.
struct place {
  std::string scheme, address;
  std::uint16_t port = 0;

  /// The URL of a target there; `host` instead of the address, for names that `fetch.resolve` brings here.
  std::string url(std::string_view target, std::string_view host = "") const;
};

/// Runs on a thread of its own from construction to destruction, plain on 127.0.0.1 and wherever `listen` says.
class server {
 public:
  using handler = std::function<reply(const seen_request&)>;
  using greeting = std::function<reply(std::uint64_t connection)>;

  /// `fallback` answers what no `on` names. Port 0: any free one. Throws where the port is taken.
  explicit server(handler fallback, std::uint16_t port = 0);
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// One more address (IPv4 or IPv6) to listen on, with TLS if an identity is given. Any thread.
  place listen(const std::string& address, std::uint16_t port = 0);
  place listen_tls(const identity& id, const std::string& address = "127.0.0.1", std::uint16_t port = 0);

  /// Answers one target exactly (path and query), once the request's body is there. Any thread.
  void on(std::string target, handler h);
  /// The same as soon as the head is there; the body is read by the step `take_body`, or with the next request.
  void on_head(std::string target, handler h);
  /// Runs on each new connection before anything is read: to close, stall or send garbage at once.
  void on_connect(greeting g);

  std::uint16_t port() const noexcept { return home_.port; }
  std::string url(std::string_view target) const { return home_.url(target); }
  std::vector<seen_request> log() const;             ///< in the order their heads came; any thread
  std::vector<seen_connection> connections() const;  ///< in the order they were accepted; any thread
  std::size_t count(std::string_view target) const;
  high_water most() const;
  /// Waits until `condition` on the log holds, at most `limit`; false if it never did.
  bool wait_until(const std::function<bool(const server&)>& condition, std::chrono::milliseconds limit = std::chrono::seconds(5)) const;

 private:
  struct answer {
    handler make;
    bool before_body = false;
  };
  struct listener {
    asio::ip::tcp::acceptor acceptor;
    std::unique_ptr<asio::ssl::context> tls;
    place where;
  };
  class presence;
  place add_listener(const std::string& address, std::uint16_t port, std::unique_ptr<asio::ssl::context> tls);
  asio::awaitable<void> accept(listener& at);
  asio::awaitable<void> serve(asio::ip::tcp::socket socket, listener& at);
  asio::awaitable<bool> greet(wire& w, std::size_t connection);
  asio::awaitable<bool> serve_one(wire& w, std::string& buffer, std::size_t connection);
  asio::awaitable<bool> read_head(wire& w, std::string& buffer, std::string& head);
  asio::awaitable<bool> take_body(wire& w, std::string& buffer, std::size_t request);
  std::size_t enter(std::string head, std::size_t connection);  ///< its index in the log
  seen_request entered(std::size_t request) const;
  answer answer_for(const std::string& target) const;

  mutable std::mutex mutex_;  ///< guards all up to most_
  handler fallback_;
  greeting greeting_;
  std::map<std::string, answer> handlers_;
  std::vector<seen_request> log_;
  std::vector<seen_connection> connections_;
  std::size_t requests_now_ = 0, connections_now_ = 0;
  high_water most_;
  asio::io_context context_{1};    ///< its coroutines use all of the above to their end
  std::list<listener> listeners_;  ///< a list: coroutines refer to its elements
  place home_;
  std::jthread thread_;
};

}  // namespace trawl::site
