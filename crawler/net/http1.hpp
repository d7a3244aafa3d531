// HTTP/1.1 from the client's side: writing a request, reading a response. Pure and bounded; tolerant of what curl and browsers accept,
// strict about what is dangerous (RFC 9112).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "crawler/model/error.hpp"
#include "crawler/model/request.hpp"
#include "crawler/model/response.hpp"
#include "crawler/url/url.hpp"

namespace trawl::net {

/// How a body's end is known (RFC 9112, 6.3).
enum class framing : std::uint8_t { none, length, chunked, close };

/// A response head, read.
struct response_head {
  int status = 0;
  int minor = 1;  ///< of HTTP/1.x
  header_list headers;
  framing body = framing::none;
  std::uint64_t length = 0;
  bool keep_alive = false;  ///< the connection may be used again after the body: both sides want it, and nothing in the head was amiss
};

/// Reads the head at the start of `bytes`, 1xx ones skipped, at most ten. `consumed` is how many bytes it took; nullopt: more are needed.
/// `asked` is the request's method: a HEAD has no body whatever its head says. What browsers forgive is read, but `keep_alive` is false
/// then. Fails with http_malformed on what is no HTTP/1 response or framed dangerously, with http_header_too_large above `limit` bytes or
/// 1000 fields, 1xx ones included.
result<std::optional<response_head>> read_head(std::string_view bytes, std::string_view asked, std::size_t limit, std::size_t& consumed);

/// So many bytes of what is no HTTP/1 response are enough for read_head to tell.
inline constexpr std::size_t enough_to_tell = 8;

/// Does an empty line end in `bytes` at or behind `from`? Only then can a head have become whole: whoever reads a head that drips in
/// asks this first, so that it is not parsed again for each byte.
bool has_empty_line(std::string_view bytes, std::size_t from) noexcept;

/// The request's head and body as they go over the wire, origin-form, Host first.
std::string write_request(const request& r, const url::url& target);

/// Takes a body's bytes as they come and gives the payload. Use one per body.
class body_reader {
 public:
  /// `trailer_room`: bytes that the trailers, which are read and dropped, may have.
  explicit body_reader(const response_head& head, std::size_t trailer_room = 256U << 10);
  /// Appends the payload in `bytes` to `out`; returns how many bytes were taken. Fails with http_malformed on broken chunks, with
  /// http_header_too_large on trailers that have no room.
  result<std::size_t> take(std::string_view bytes, std::string& out);
  /// So many bytes come next that are payload and nothing else, up to the end: of a body whose length is told; else 0. Who can use them
  /// where they are does not need `take`, and says so by `skip`.
  std::uint64_t ahead() const noexcept { return framing_ == framing::length ? left_ : 0; }
  void skip(std::size_t bytes) noexcept;  ///< at most `ahead`
  bool done() const noexcept { return done_; }
  /// The connection ended: true if that is how this body ends.
  bool ends_at_close() const noexcept { return done_ || framing_ == framing::close; }

 private:
  enum class step : std::uint8_t { size, data, data_end, trailer };
  result<bool> line(std::string_view& bytes);  ///< completes line_; false: more bytes are needed
  result<void> obey_line();
  std::size_t take_data(std::string_view bytes, std::string& out);
  framing framing_;
  std::uint64_t left_;
  std::size_t trailer_room_, trailers_left_;
  step step_ = step::size;
  std::string line_;
  std::uint64_t overhead_ = 0, payload_ = 0;
  bool done_ = false;
};

}  // namespace trawl::net
