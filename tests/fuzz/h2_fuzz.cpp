// HTTP/2 frames from a server: whatever comes, each stream ends once, in order, and within its limits.
#include <map>

#include "crawler/net/h2/session.hpp"
#include "tests/fuzz/input.hpp"

using namespace trawl;

namespace {

constexpr net::h2::session_limits limits{.max_header = 4096, .max_fields = 50, .max_interim = 3, .stream_window = 70'000, .session_window = 100'000};

struct seen_stream {
  bool has_head = false, has_ended = false;
  std::size_t body = 0;
};

struct watcher {
  net::h2::session s{limits};
  std::map<std::int32_t, seen_stream> streams;
  std::size_t fed = 0, written = 0;

  void ask(const char* method, std::string body) {
    const auto id = s.submit({{":method", method}, {":scheme", "https"}, {":authority", "h.example"}, {":path", "/"}}, std::move(body));
    fuzz::require(id.has_value(), "a fresh connection takes requests");
    streams[*id];
  }
  void look() {
    while (const auto e = s.next()) {
      const auto found = streams.find(e->stream);
      fuzz::require(found != streams.end(), "an event belongs to a request");
      seen_stream& stream = found->second;
      fuzz::require(!stream.has_ended, "nothing comes behind a stream's end");
      switch (e->what) {
        case net::h2::event::kind::head: take_head(*e, stream); break;
        case net::h2::event::kind::body:
          fuzz::require(stream.has_head, "a body has a head");
          stream.body += e->bytes.size();
          s.taken(e->stream, e->bytes.size());
          break;
        case net::h2::event::kind::end:
          fuzz::require(e->why != net::h2::ending::complete || stream.has_head, "a whole answer has a head");
          stream.has_ended = true;
          break;
      }
    }
    written += s.take_output().size();
  }
  static void take_head(const net::h2::event& e, seen_stream& stream) {
    fuzz::require(!stream.has_head, "one head a stream");
    fuzz::require(e.status >= 200 && e.status <= 999, "a final status has three digits");
    std::size_t size = 0;
    for (const auto& [name, value] : e.headers) size += name.size() + value.size();
    fuzz::require(size <= limits.max_header && e.headers.size() <= limits.max_fields, "a head is within its limits");
    stream.has_head = true;
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = std::size_t{1} + data[0] * std::size_t{16};  // the first byte says in what pieces the rest comes
  const std::string_view frames = fuzz::text_of(data, size).substr(1);
  watcher w;
  w.ask("GET", {});
  w.ask("POST", std::string(100'000, 'b'));
  w.ask("HEAD", {});
  w.look();
  bool goes_on = w.s.feed(std::string_view("\0\0\0\4\0\0\0\0\0", 9)).has_value();  // SETTINGS
  for (std::size_t at = 0; goes_on && at < frames.size(); at += step) {
    const std::string_view piece = frames.substr(at, step);
    w.fed += piece.size();
    goes_on = w.s.feed(piece).has_value();
    w.look();
  }
  fuzz::require(w.written <= 400'000 + 20 * w.fed, "what is said stays in proportion to what came");
  std::size_t body = 0;
  w.s.lost();
  w.look();
  for (const auto& [id, stream] : w.streams) {
    fuzz::require(stream.has_ended, "every stream ends");
    body += stream.body;
  }
  fuzz::require(body <= w.fed, "no more is in a body than came");
  fuzz::require(w.s.streams() == 0, "nothing is left");
  return 0;
}
