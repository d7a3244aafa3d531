// A small blocking HTTP client for the service's tests: raw bytes out, whole answers in, and a stream that is read line by line.
#pragma once
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace trawl::test {

namespace asio = boost::asio;
namespace http = boost::beast::http;

/// An answer as it came.
struct reply {
  int status = 0;
  http::fields fields;
  std::string body;

  std::string field(std::string_view name) const { return std::string(fields[boost::beast::string_view(name.data(), name.size())]); }
  nlohmann::json json() const { return nlohmann::json::parse(body, nullptr, false); }
};

/// One connection; every read and write ends after five seconds with an error.
class connection {
 public:
  explicit connection(std::uint16_t port) : socket_(loop_), port_(port) {
    socket_.connect({asio::ip::address_v4::loopback(), port});
    const timeval limit{5, 0};
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  }

  void send(std::string_view bytes) {
    boost::system::error_code ignored;  // what the other side thinks of it is in its answer
    asio::write(socket_, asio::buffer(bytes), ignored);
  }
  void ask(const std::string& method, const std::string& target, const std::string& body = "", const std::string& fields = "") {
    send(method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port_) + "\r\n" + fields + (body.empty() ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n") + "\r\n" + body);
  }
  /// nullopt: no whole answer came.
  std::optional<reply> receive(bool to_head = false) {
    http::response_parser<http::string_body> parser;
    parser.body_limit(boost::none);
    parser.skip(to_head);
    boost::system::error_code ec;
    http::read(socket_, buffer_, parser, ec);
    if (ec) return std::nullopt;
    auto message = parser.release();
    return reply{static_cast<int>(message.result_int()), message.base(), std::move(message.body())};
  }
  reply call(const std::string& method, const std::string& target, const std::string& body = "", const std::string& fields = "") {
    ask(method, target, body, fields);
    return receive(method == "HEAD").value_or(reply{});
  }
  /// Bytes as they come; empty at the end or after five seconds.
  std::string some() {
    char bytes[4096];
    boost::system::error_code ec;
    const std::size_t count = socket_.read_some(asio::buffer(bytes), ec);
    return std::string(bytes, count);
  }
  /// True: the other side closed; what it sent before is thrown away.
  bool is_closed() {
    for (boost::system::error_code ec;;) {
      char bytes[4096];
      socket_.read_some(asio::buffer(bytes), ec);
      if (ec) return ec == asio::error::eof || ec == asio::error::connection_reset;
    }
  }
  void close() { socket_.close(); }
  asio::ip::tcp::socket& socket() noexcept { return socket_; }

 private:
  asio::io_context loop_;
  asio::ip::tcp::socket socket_;
  std::uint16_t port_;
  boost::beast::flat_buffer buffer_;
};

inline const std::string as_json = "Content-Type: application/json\r\n";

}  // namespace trawl::test
