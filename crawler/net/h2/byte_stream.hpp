// What HTTP/2 needs of a connection: bytes both ways. It knows neither sockets nor TLS.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <string>

#include "crawler/model/error.hpp"

namespace trawl::net::h2 {

namespace asio = boost::asio;

/// One thread. A read and a write may be under way at once, but not two of either.
class byte_stream {
 public:
  virtual ~byte_stream() = default;
  /// Reads what there is behind `buffer`; 0: the peer has ended.
  virtual asio::awaitable<result<std::size_t>> read(std::string& buffer) = 0;
  /// Returns when all of it is written.
  virtual asio::awaitable<result<void>> write(const std::string& bytes) = 0;
  /// Ends what is under way.
  virtual void close() noexcept = 0;
  /// The address at the other end; empty if it is not known.
  virtual std::string peer() const = 0;
};

}  // namespace trawl::net::h2
