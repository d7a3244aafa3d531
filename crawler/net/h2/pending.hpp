// One exchange over a shared HTTP/2 connection as the connection's reader sees it.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

#include "crawler/net/decode.hpp"
#include "crawler/net/h2/multiplex.hpp"
#include "crawler/net/rate_window.hpp"

namespace trawl::net::h2 {

/// Its deadline rings it, and so does news. Lives in the frame of the coroutine that waits for the exchange.
struct pending {
  pending(const asio::any_io_executor& executor, const exchange_terms& agreed) : terms(agreed), wake(executor) {}

  const exchange_terms& terms;
  asio::steady_timer wake;
  std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();
  response out;
  std::optional<body_decoder> decoder;  ///< once the head is there, if the body is wanted
  std::size_t room = terms.max_body;    ///< that the body as it comes has left
  std::optional<error> failure;         ///< of its codings
  bool has_head = false, is_done = false;
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
  void take(std::string_view piece) {
    const bool is_too_long = piece.size() > room;
    if (is_too_long) piece = piece.substr(0, room);
    room -= piece.size();
    auto more = decoder->feed(piece, out.body);
    if (!more) return fail_body(std::move(more.error()));
    if (*more && !is_too_long) return;
    out.truncated = is_too_long ? truncation::length : decoder->cut();
    is_done = true;
  }

  /// Whether the body has come too slowly so far; counts on where a step of the window has passed.
  bool is_too_slow(std::chrono::steady_clock::time_point now) {
    if (!rate || now < next_step) return false;
    next_step += rate->step_length();
    return rate->step();
  }
};

}  // namespace trawl::net::h2
