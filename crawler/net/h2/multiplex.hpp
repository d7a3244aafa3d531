// Many exchanges at once over one HTTP/2 connection: it reads and writes for all of them, and gives each its answer, its deadlines and its
// own end.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "crawler/async/byte_budget.hpp"
#include "crawler/model/request.hpp"
#include "crawler/model/response.hpp"
#include "crawler/net/h2/byte_stream.hpp"
#include "crawler/net/h2/session.hpp"
#include "crawler/url/url.hpp"

namespace trawl::net::h2 {

/// What one exchange may cost and wants.
struct exchange_terms {
  std::chrono::steady_clock::time_point first_byte, total;    ///< by when the head, and all of it, must be there
  std::size_t max_body = 16U << 20;                           ///< bytes, compressed and decoded
  std::function<bool(const header_list&)> wants_body;         ///< asked when the head is there; empty: it is wanted
  std::uint64_t min_rate = 0;                                 ///< of the body, bytes a second over `rate_span`; 0: none
  std::chrono::steady_clock::duration rate_span = std::chrono::seconds(30);
  async::byte_account* memory = nullptr;                      ///< what the body is counted against, where the request brings a lease of it
  std::chrono::steady_clock::duration longest_wait{};         ///< for it, in all
};

/// Whether the same request may go out again.
enum class again : std::uint8_t {
  no,             ///< the answer is the answer
  at_once,        ///< it never was on the wire; another connection has to be asked
  later,          ///< the server has not looked at it (REFUSED_STREAM, GOAWAY): any method, but it was a request, and asking again is one
  if_idempotent,  ///< at once: a kept connection turned out to be dead, as a kept HTTP/1.1 one may
  over_http1,     ///< later: the server wants HTTP/1.1 for it
};

/// What came of an exchange.
struct outcome {
  result<response> answer;
  again may_be_asked = again::no;
};

/// How long a connection is kept.
struct keep_limits {
  std::chrono::steady_clock::duration idle = std::chrono::seconds(60), age = std::chrono::minutes(5);
  std::uint32_t exchanges = 10'000;
  std::chrono::steady_clock::duration silence = std::chrono::seconds(15);  ///< after so much of it a PING goes ahead of the next request
  std::chrono::steady_clock::duration probe = std::chrono::seconds(5);     ///< and has this long to be answered
};

/// One connection. Its executor's thread only. Destroying it closes the connection: exchanges under way end with connect.reset.
class multiplex {
 public:
  /// `bytes` is connected, and the server has chosen h2. Shared: reading and writing keep it until they have ended.
  multiplex(asio::any_io_executor executor, std::shared_ptr<byte_stream> bytes, session_limits limits = {}, keep_limits keep = {});
  ~multiplex();
  multiplex(const multiplex&) = delete;
  multiplex& operator=(const multiplex&) = delete;

  /// Sends the request and reads the answer; more than the server allows at once wait here, and the deadlines run.
  /// out     status, http_version, headers, body (decoded), body_skipped, truncated, wire_bytes, latency, ip, final_url; the rest is the
  ///         caller's
  /// errors  connect.reset (before the head; after it the prefix is kept and truncated says disconnect), http.malformed,
  ///         http.header_too_large, timeout.*, body.decode, cancelled
  /// cancel  terminal: the stream is reset, the connection goes on
  asio::awaitable<outcome> exchange(request r, url::url target, exchange_terms terms);

  /// Whether it takes another exchange now and is not too old; false for good after GOAWAY and where the connection has ended.
  bool accepts() const;
  /// Takes no more exchanges, and closes when those under way have ended.
  void retire();
  std::size_t exchanges() const noexcept;  ///< under way
  std::string peer() const;                ///< the numeric address that it leads to
  std::chrono::steady_clock::time_point idle_since() const noexcept;

 private:
  struct core;
  std::shared_ptr<core> core_;  ///< shared with the coroutines that read, write and exchange
};

}  // namespace trawl::net::h2
