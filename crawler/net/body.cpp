#include "crawler/net/body.hpp"

#include <algorithm>

#include "crawler/net/decode.hpp"
#include "crawler/url/pattern.hpp"

namespace trawl::net {
namespace {

constexpr std::uint64_t most_drained = 64 * 1024;  // an unwanted body up to this is read away to keep the connection,
constexpr auto longest_drain = std::chrono::seconds(1);  // if it comes at once
constexpr std::size_t reserved_ahead = 256 * 1024;  // of a body whose length is told, before it has come

/// The type without its parameters, in lower case; empty where it is none.
std::string essence(std::string_view value) {
  std::string type(value.substr(0, value.find(';')));
  std::erase_if(type, [](char c) { return c == ' ' || c == '\t'; });
  for (char& c : type)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return type.find('/') == std::string::npos ? std::string() : type;
}

/// Reads an unwanted body away; false: the connection is not worth it, or has failed.
asio::awaitable<result<bool>> drain(connection& c, const response_head& head, std::size_t head_size, const body_limits& limits, std::uint64_t& wire_bytes) {
  if (head.body == framing::close || (head.body == framing::length && head.length > most_drained)) co_return false;
  c.deadline(std::min(std::chrono::steady_clock::now() + longest_drain, limits.deadline), errc::timeout_total);
  c.buffer.erase(0, head_size);
  body_reader body(head, limits.trailer_room);
  for (std::string thrown_away; !body.done(); thrown_away.clear()) {
    const auto taken = body.take(c.buffer, thrown_away);
    if (!taken) co_return false;
    wire_bytes += *taken;
    c.buffer.erase(0, *taken);
    if (body.done()) break;
    if (wire_bytes > most_drained) co_return false;
    const auto got = co_await c.read(c.buffer);
    if (!got && got.error().code == errc::cancelled) co_return std::unexpected(got.error());
    if (!got || *got == 0) co_return false;
  }
  co_return head.keep_alive && c.buffer.empty();
}

/// The payload's way from the connection's buffer into the response, or past both where nothing has to be done to it.
class intake {
 public:
  using state = body_decoder::state;

  intake(const response_head& head, const body_limits& limits, body_decoder decoder) : framing_(head, limits.trailer_room), decoder_(std::move(decoder)), room_(limits.max_body) {}

  /// Takes what the buffer holds from `begin`, for `decode`.
  result<void> take(std::string& buffer, std::size_t begin, response& out) {
    const std::string_view given = std::string_view(buffer).substr(begin);
    auto taken = result<std::size_t>(static_cast<std::size_t>(std::min<std::uint64_t>(framing_.ahead(), given.size())));
    std::string_view piece = given.substr(0, *taken);
    framing_.skip(*taken);
    if (piece.empty()) {
      unchunked_.clear();
      taken = framing_.take(given, unchunked_);
      if (!taken) return std::unexpected(taken.error());
      piece = unchunked_;
    }
    out.wire_bytes += *taken;
    is_too_long_ = piece.size() > room_;
    if (is_too_long_) piece = piece.substr(0, room_);
    room_ -= piece.size();
    decoder_.take(piece);
    buffer.erase(0, begin + *taken);
    return {};
  }
  /// Until the body has `most` bytes; over: it, or what is wanted of it, is complete and out.truncated says how.
  result<state> decode(response& out, std::size_t most) {
    const auto now = decoder_.decode(out.body, most);
    if (!now) return std::unexpected(now.error());
    if (*now == state::full || (*now == state::hungry && !is_too_long_ && !framing_.done())) return *now;
    out.truncated = is_too_long_ ? truncation::length : decoder_.cut();
    return state::over;
  }
  /// So many bytes may be read straight into out.body; 0: what comes has to be taken.
  std::size_t straight() const noexcept { return decoder_.is_plain() ? static_cast<std::size_t>(std::min<std::uint64_t>(framing_.ahead(), room_)) : 0; }
  void make_room(std::string& body) const { decoder_.make_room(body, std::min(straight(), reserved_ahead)); }
  /// They have been.
  void took(std::size_t bytes, response& out) {
    framing_.skip(bytes);
    room_ -= bytes;
    out.wire_bytes += bytes;
  }
  /// The connection has ended before decode() was over.
  truncation at_close() const noexcept { return framing_.ends_at_close() ? decoder_.cut() : truncation::disconnect; }
  bool is_read_to_its_end() const noexcept { return framing_.done(); }

 private:
  body_reader framing_;
  body_decoder decoder_;
  std::size_t room_;  ///< that the compressed side has left
  std::string unchunked_;
  bool is_too_long_ = false;
};

/// Waits for more room; time that is ours, and not the server's.
asio::awaitable<result<void>> wait_for_room(connection& c, async::growing_lease& room) {
  c.pause();
  auto got = co_await room.grow();
  c.resume();
  co_return got;
}

/// Full: more room has to be waited for.
result<intake::state> decode_in(async::growing_lease& room, intake& body, response& out) {
  for (;;) {
    auto now = body.decode(out, room.size());
    if (!now || *now != intake::state::full || !room.try_grow()) return now;
  }
}

}  // namespace

/// WHATWG Fetch, "extract a MIME type": of several types the last that is one.
bool wants_body(const header_list& headers, std::span<const std::string> types) {
  std::string type;
  for (const auto& [name, value] : headers)
    if (equal_ignoring_case(name, "content-type"))
      if (std::string said = essence(value); !said.empty()) type = std::move(said);
  return types.empty() || type.empty() || std::ranges::any_of(types, [&](const std::string& glob) { return url::glob_matches(glob, type); });
}

asio::awaitable<result<bool>> read_body(connection& c, const response_head& head, std::size_t head_size, body_limits limits, async::growing_lease room, response& out) {
  out.body_skipped = !wants_body(head.headers, limits.content_types);
  if (out.body_skipped && head.body != framing::none) co_return co_await drain(c, head, head_size, limits, out.wire_bytes);
  auto decoder = body_decoder::make(head.headers, limits.max_body);
  if (!decoder) co_return std::unexpected(decoder.error());
  intake body(head, limits, std::move(*decoder));
  body.make_room(out.body);
  auto taken = body.take(c.buffer, head_size, out);
  for (;;) {
    if (!taken) co_return std::unexpected(taken.error());
    auto now = decode_in(room, body, out);
    while (now && *now == intake::state::full) {
      const auto grown = co_await wait_for_room(c, room);
      out.waited = room.waited();
      if (!grown && grown.error().code == errc::cancelled) co_return std::unexpected(grown.error());
      if (!grown) out.truncated = truncation::time;
      if (!grown) co_return false;
      now = decode_in(room, body, out);
    }
    if (!now) co_return std::unexpected(now.error());
    if (*now == intake::state::over) co_return body.is_read_to_its_end() && head.keep_alive && c.buffer.empty();
    const std::size_t straight = std::min(body.straight(), room.size() - std::min(room.size(), out.body.size()));  // else what comes waits for room by the buffer
    result<std::size_t> got = std::size_t{0};
    if (straight > 0) {
      body.make_room(out.body);
      got = co_await c.read(out.body, straight);
    } else {
      got = co_await c.read(c.buffer);
    }
    if (got && *got > 0) {
      if (straight > 0) {
        body.took(*got, out);
      } else {
        taken = body.take(c.buffer, 0, out);
      }
      continue;
    }
    const bool is_late = !got && got.error().code == errc::timeout_total;
    if (!got && !is_late && got.error().code != errc::connect_reset) co_return std::unexpected(got.error());
    out.truncated = got ? body.at_close() : is_late ? truncation::time : truncation::disconnect;
    co_return false;
  }
}

}  // namespace trawl::net
