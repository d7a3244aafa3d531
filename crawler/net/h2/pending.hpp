// One exchange over a shared HTTP/2 connection as the connection's reader sees it.
#pragma once
#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "crawler/async/growing_lease.hpp"
#include "crawler/net/decode.hpp"
#include "crawler/net/h2/multiplex.hpp"
#include "crawler/net/rate_window.hpp"

namespace trawl::net::h2 {

/// Its deadline rings it, and so does news. Lives in the frame of the coroutine that waits for the exchange.
struct pending {
  pending(const asio::any_io_executor& executor, const exchange_terms& agreed, byte_lease* lease)
      : terms(agreed), wake(executor), memory(agreed.memory, lease, agreed.max_body, agreed.longest_wait) {}

  const exchange_terms& terms;
  asio::steady_timer wake;
  std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();
  response out;
  std::optional<body_decoder> decoder;  ///< once the head is there, if the body is wanted
  std::size_t room = terms.max_body;    ///< that the body as it comes has left
  std::optional<error> failure;         ///< of its codings
  async::growing_lease memory;                     ///< that the body as it is decoded has
  std::size_t unread = 0;               ///< bytes that came and are not decoded yet: the server may not send as many more
  bool has_head = false, is_done = false;
  bool was_unheard = false;             ///< the connection has not answered a PING: nobody has seen the request
  bool is_full = false;                 ///< more memory has to be waited for
  ending why = ending::complete;
  std::optional<rate_window> rate;  ///< once the head is there, if a rate was agreed
  std::chrono::steady_clock::time_point next_step = std::chrono::steady_clock::time_point::max();

  void begin_body() {
    auto made = body_decoder::make(out.headers, terms.max_body);
    if (made) {
      decoder.emplace(std::move(*made));
    } else {
      fail_body(std::move(made.error()));
    }
  }
  void fail_body(error why_not) {
    failure = std::move(why_not);
    is_done = true;
  }
  /// The body's next bytes, as they came.
  void take(std::string bytes) {
    unread += bytes.size();
    if (bytes.size() > room) bytes.resize(room), out.truncated = truncation::length;
    room -= bytes.size();
    decoder->take(std::move(bytes));
    if (!is_full) decode();
  }
  /// Decodes what came, as far as there is memory for it.
  void decode() {
    using state = body_decoder::state;
    auto now = decoder->decode(out.body, memory.size());
    while (now && *now == state::full && memory.try_grow()) now = decoder->decode(out.body, memory.size());
    is_full = now && *now == state::full;
    if (is_full) return;
    if (!now) return fail_body(std::move(now.error()));
    if (*now == state::over && out.truncated == truncation::none) out.truncated = decoder->cut();
    is_done = is_done || *now == state::over || out.truncated != truncation::none;
  }
  /// The bytes that the server may send now.
  std::size_t read() noexcept { return is_full ? 0 : std::exchange(unread, 0); }
  /// A wait for memory is no time of the server's.
  std::chrono::steady_clock::time_point deadline() const noexcept { return has_head ? terms.total + memory.waited() : std::min(terms.first_byte, terms.total); }

  /// Whether the body has come too slowly so far; counts on where a step of the window has passed.
  bool is_too_slow(std::chrono::steady_clock::time_point now) {
    if (!rate || now < next_step) return false;
    next_step += rate->step_length();
    return rate->step();
  }
};

}  // namespace trawl::net::h2
