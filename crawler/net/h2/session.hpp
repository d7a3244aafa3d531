// HTTP/2 from the client's side (RFC 9113): bytes in, bytes out, what happened as events. nghttp2 does frames, HPACK and states; the limits
// are ours. Pure: no socket, no clock.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "crawler/model/error.hpp"
#include "crawler/model/request.hpp"

struct nghttp2_session;

namespace trawl::net::h2 {

/// What a server may cost us.
struct session_limits {
  std::size_t max_header = 256U << 10;        ///< bytes of one answer's fields in all, 1xx and trailers included, as HTTP/1.1 would write them
  std::size_t max_fields = 1000;              ///< the same in numbers
  std::uint32_t max_interim = 10;             ///< 1xx answers to one request
  std::uint32_t stream_window = 256U << 10;   ///< bytes of a body that may come before they are taken
  std::uint32_t session_window = 16U << 20;   ///< the same of all bodies
};

/// How a stream ended.
enum class ending : std::uint8_t {
  complete,          ///< the answer is whole
  unsent,            ///< the request never was on the wire
  refused,           ///< the server has not looked at the request: it may be sent again (RFC 9113, 8.7)
  needs_http1,       ///< HTTP_1_1_REQUIRED
  reset,             ///< the server gave up on it
  malformed,         ///< the answer breaks the rules of HTTP; the stream alone ends
  header_too_large,  ///< above max_header or max_fields
  lost,              ///< the connection ended first
};

/// Of one stream: a head, then pieces of the body, then an end, which comes exactly once; or an end alone. 1xx and trailers are read,
/// counted and dropped.
struct event {
  enum class kind : std::uint8_t { head, body, end };
  kind what = kind::end;
  std::int32_t stream = 0;
  int status = 0;       ///< of a head
  header_list headers;  ///< of a head, in order
  std::string bytes;    ///< of the body
  ending why = ending::complete;
};

/// One connection's protocol. Any one thread. What it holds is bounded: output that is not taken, and bodies by the windows.
class session {
 public:
  explicit session(session_limits limits = {});
  ~session();
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  /// Starts a request, or queues it while the server allows no more streams. `fields` as request_fields has them.
  /// out     the stream's number
  /// errors  connect_reset: no more requests here; another connection has to be asked
  result<std::int32_t> submit(const header_list& fields, std::string body);
  /// Takes bytes from the server. Fails with http_malformed when the server breaks the protocol or floods us: all streams have ended then,
  /// and what output there is says why to the server.
  result<void> feed(std::string_view bytes);
  /// Bytes for the server; empty: nothing is to be sent now.
  std::string take_output();
  /// The oldest event not yet seen.
  std::optional<event> next();
  /// So many bytes of the stream's body were used: the server may send as many more. The stream may have ended.
  void taken(std::int32_t stream, std::size_t bytes);
  /// Gives the stream up (CANCEL); no more events of it. Nothing happens if it has ended.
  void cancel(std::int32_t stream);
  /// Asks for a sign of life (PING), which comes as bytes.
  void ping();
  /// The connection has ended: all streams end, those that were never sent as such.
  void lost();

  /// Whether a request may be submitted. False for good after GOAWAY.
  bool accepts_requests() const noexcept;
  /// Streams that have not ended, queued ones included.
  std::size_t streams() const noexcept { return streams_.size(); }
  /// How many streams the server allows at once; 100 before it has said so.
  std::uint32_t most_streams() const noexcept;
  const std::optional<error>& failure() const noexcept { return failure_; }

 private:
  friend struct callbacks;
  struct stream {
    std::string body;  ///< of the request
    std::size_t body_sent = 0, header_bytes = 0, fields = 0;
    std::uint32_t interim = 0;
    bool is_on_wire = false, has_head = false;
    int status = 0;
    header_list headers;
  };
  stream* find(std::int32_t id) noexcept;
  void finish(std::int32_t id, ending why);
  void finish_all();
  void return_queued();
  bool is_flood() const noexcept;
  void pump();
  void break_off(std::uint32_t code, std::string why);
  void head_is_whole(std::int32_t id, bool is_last);

  session_limits limits_;
  nghttp2_session* raw_ = nullptr;
  std::map<std::int32_t, stream> streams_;
  std::deque<event> events_;
  std::string output_;
  std::uint64_t fed_ = 0, useful_ = 0;  ///< bytes in; those of them that carried fields or a body for a stream
  std::uint64_t forgiven_ = 0;          ///< bytes that may be on their way for streams that we gave up
  bool draining_ = false;               ///< the server has said GOAWAY
  std::optional<error> failure_;
};

}  // namespace trawl::net::h2
