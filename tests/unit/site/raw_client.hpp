// A client without any HTTP of its own: what the scripted server is tested with.
#pragma once
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <string>

namespace trawl::site {

/// What the server sent up to the connection's end, how it ended, and when the last byte came.
struct transcript {
  std::string bytes;
  boost::system::error_code end;
};

/// One blocking plain connection.
class raw_client {
 public:
  explicit raw_client(std::uint16_t port, const char* address = "127.0.0.1") : socket_(context_) {
    socket_.connect({boost::asio::ip::make_address(address), port});
  }
  void say(std::string_view bytes) { boost::asio::write(socket_, boost::asio::buffer(bytes)); }
  /// Reads exactly so many bytes.
  std::string take(std::size_t count) {
    std::string out(count, '\0');
    boost::asio::read(socket_, boost::asio::buffer(out));
    return out;
  }
  transcript to_the_end() {
    transcript out;
    boost::asio::read(socket_, boost::asio::dynamic_buffer(out.bytes), out.end);
    return out;
  }
  void close() { socket_.close(); }

 private:
  boost::asio::io_context context_;
  boost::asio::ip::tcp::socket socket_;
};

}  // namespace trawl::site
