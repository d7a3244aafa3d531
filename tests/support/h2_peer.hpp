// The other side of an HTTP/2 connection, in memory: an honest server made of nghttp2's own, and frames written by hand for the others.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "crawler/model/request.hpp"
#include "crawler/net/h2/byte_stream.hpp"

struct nghttp2_session;

namespace trawl::testing {

/// Frame types and flags of RFC 9113, 6, as far as tests write them.
enum frame_type : std::uint8_t { data_frame = 0, headers_frame = 1, priority_frame = 2, reset_frame = 3, settings_frame = 4, push_frame = 5, ping_frame = 6, goaway_frame = 7, window_frame = 8, continuation_frame = 9 };
enum frame_flag : std::uint8_t { no_flag = 0, end_stream = 1, is_ack = 1, end_headers = 4, is_padded = 8 };

/// One frame as it goes over the wire.
std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, std::string_view payload = {});
/// A 32-bit number in network order.
std::string number(std::uint32_t value);
/// Fields as HPACK literals that no table remembers (RFC 7541, 6.2.2): what a test writes does not depend on what came before.
std::string field_block(const header_list& fields);
/// HEADERS with END_HEADERS.
std::string head_frame(std::uint32_t stream, const header_list& fields, std::uint8_t more_flags = no_flag);

/// A request as the server has read it.
struct h2_request {
  header_list fields;
  std::string body;
  bool is_whole = false, is_reset = false;
  std::uint32_t reset_code = 0;
  /// The value of the field of this name; empty if there is none.
  std::string field(std::string_view name) const;
};

/// An honest server. One thread.
class h2_peer {
 public:
  /// `most_streams`: what it allows at once.
  explicit h2_peer(std::uint32_t most_streams = 100);
  ~h2_peer();
  h2_peer(const h2_peer&) = delete;
  h2_peer& operator=(const h2_peer&) = delete;

  /// Takes the client's bytes; false: they are not HTTP/2.
  bool feed(std::string_view bytes);
  std::string take_output();
  void respond(std::int32_t stream, int status, header_list fields, std::string body, header_list trailers = {});
  void interim(std::int32_t stream, int status);
  void reset(std::int32_t stream, std::uint32_t code);
  /// GOAWAY: streams above `last` were not looked at.
  void go_away(std::int32_t last, std::uint32_t code = 0);
  const std::map<std::int32_t, h2_request>& requests() const noexcept { return requests_; }
  std::size_t pings() const noexcept { return pings_; }

 private:
  friend struct peer_callbacks;
  struct answer {
    std::string body;
    std::size_t sent = 0;
    header_list trailers;
  };
  nghttp2_session* raw_ = nullptr;
  std::map<std::int32_t, h2_request> requests_;
  std::map<std::int32_t, answer> answers_;
  std::size_t pings_ = 0;
};

/// The client's end of a connection that is not there. What it writes goes to `on_write`; what `push` gives, it reads.
class memory_stream final : public net::h2::byte_stream {
 public:
  explicit memory_stream(boost::asio::any_io_executor executor);
  boost::asio::awaitable<result<std::size_t>> read(std::string& buffer) override;
  boost::asio::awaitable<result<void>> write(const std::string& bytes) override;
  void close() noexcept override;
  std::string peer() const override { return "192.0.2.1"; }

  void push(std::string_view bytes);
  /// The server ends the connection: what was pushed can still be read.
  void hang_up();
  bool is_closed() const noexcept { return closed_; }

  std::function<void(std::string_view)> on_write;  ///< may push
  bool takes_writes = true;                        ///< false: a write never ends, as where the peer does not read

 private:
  boost::asio::steady_timer news_;
  std::string incoming_;
  bool hung_up_ = false, closed_ = false;
};

}  // namespace trawl::testing
