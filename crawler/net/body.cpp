#include "crawler/net/body.hpp"

#include <algorithm>

#include "crawler/url/pattern.hpp"

namespace trawl::net {
namespace {

constexpr std::uint64_t drained = 64 * 1024;  // an unwanted body up to this is read to keep the connection

bool wants_body(const response_head& head, std::span<const std::string> types) {
  if (types.empty()) return true;
  for (const auto& [name, value] : head.headers) {
    if (!equal_ignoring_case(name, "content-type")) continue;
    std::string type(value.substr(0, value.find(';')));
    std::erase(type, ' ');
    for (char& c : type)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return std::ranges::any_of(types, [&](const std::string& glob) { return url::glob_matches(glob, type); });
  }
  return true;  // no label: it may be HTML
}

}  // namespace

asio::awaitable<result<bool>> read_body(connection& c, const response_head& head, body_limits limits, response& out) {
  const bool wanted = wants_body(head, limits.content_types);
  out.body_skipped = !wanted;
  if (!wanted && head.body != framing::none && (head.body != framing::length || head.length > drained)) co_return false;
  body_reader body(head, limits.trailer_room);
  std::string payload;
  for (bool ended = false; !body.done();) {
    const auto taken = body.take(c.buffer, payload);
    if (!taken) co_return std::unexpected(taken.error());
    out.wire_bytes += *taken;
    c.buffer.erase(0, *taken);
    if (payload.size() > limits.max_body) {
      payload.resize(limits.max_body);
      out.truncated = truncation::length;
      out.body = std::move(payload);
      co_return false;
    }
    if (body.done()) break;
    if (ended) {
      if (!body.ends_at_close()) out.truncated = truncation::disconnect;
      out.body = std::move(payload);
      co_return false;
    }
    const auto got = co_await c.read(c.buffer);
    const bool is_late = !got && got.error().code == errc::timeout_total;
    if (is_late || (!got && got.error().code == errc::connect_reset)) {
      out.truncated = is_late ? truncation::time : truncation::disconnect;
      out.body = std::move(payload);
      co_return false;
    }
    if (!got) co_return std::unexpected(got.error());
    ended = *got == 0;
  }
  if (wanted) out.body = std::move(payload);
  co_return head.keep_alive && c.buffer.empty();
}

}  // namespace trawl::net
