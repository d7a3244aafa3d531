// What the scripted server does with a connection, step by step, so that it can misbehave exactly.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace trawl::site {

/// One thing to do. Made by the functions below.
struct step {
  enum class act : std::uint8_t {
    send,        ///< write `bytes`, `piece` at a time with `pause` between; all at once where `piece` is 0
    pause,       ///< do nothing for `pause`
    take_body,   ///< read the request's body; only after a head that `server::on_head` answers
    half_close,  ///< end our direction, go on reading
    close,       ///< end the connection politely, with close_notify over TLS
    cut,         ///< end it with a FIN alone: over TLS a truncation
    reset,       ///< end it with an RST
    hang,        ///< say nothing more and wait until the client ends the connection
  };
  act what = act::send;
  std::string bytes;
  std::chrono::milliseconds pause{0};
  std::size_t piece = 0;
};

step send(std::string bytes);
/// The bytes in pieces, a pause after each.
step drip(std::string bytes, std::size_t piece, std::chrono::milliseconds pause);
step pause(std::chrono::milliseconds length);
step take_body();
step half_close();
step close();
step cut();
step reset();
step hang();

/// What goes back: after a pause the bytes as they are, then the steps, then the end if `close` is set.
struct reply {
  std::string bytes;
  std::chrono::milliseconds pause{0};
  bool close = false;
  std::vector<step> steps{};
};

/// All that a reply asks for as steps, in their order.
std::vector<step> in_order(reply r);

/// The steps alone.
reply script(std::vector<step> steps);
/// A whole response with Content-Length. `more_headers` are field lines, each with its CRLF.
reply page(std::string body, int status = 200, std::string content_type = "text/html; charset=utf-8", std::string more_headers = "");
reply redirect(const std::string& to, int status = 302);
/// A response head with these field lines, each with its CRLF, and the empty line.
std::string head(int status, std::string_view fields = "");
/// The payload as one chunk; an empty one is the last chunk, without the trailer's empty line.
std::string chunk(std::string_view payload);

}  // namespace trawl::site
