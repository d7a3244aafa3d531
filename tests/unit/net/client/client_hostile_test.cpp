// Answers that are cut, late or bombs: what is known of them is kept, they never count as whole, and the next request gets its own.
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/cost.hpp"
#include "tests/support/co_test.hpp"
#include "tests/support/compressed.hpp"
#include "tests/unit/net/client_bench.hpp"

namespace trawl::net {
namespace {

using site::script;
using trawl::testing::compressed;
using trawl::testing::compressed_zeros;

/// One answer in one framing, to be cut.
struct answer {
  std::string name, head, body, plain;
  bool ends_at_close = false;
  std::string bytes() const { return head + body; }
};

std::string in_chunks(std::string_view payload) {
  std::string out;
  for (; !payload.empty(); payload.remove_prefix(std::min<std::size_t>(payload.size(), 100))) out += site::chunk(payload.substr(0, 100));
  return out + "0\r\nTrailer: x\r\n\r\n";
}

/// RFC 9112, 6.3: each framing, with a body of about so many bytes; two under a content coding.
std::vector<answer> answers(std::size_t size) {
  std::string plain = "<title>page</title>";
  for (int i = 0; plain.size() < size; ++i) plain += std::to_string(i * 7919 % 5003) + " ";
  const std::string zipped = compressed(plain, "gzip"), early = "HTTP/1.1 103 x\r\nLink: </a>\r\n\r\n";
  return {{"length", early + site::head(200, "Content-Length: " + std::to_string(plain.size()) + "\r\n"), plain, plain},
          {"chunked", site::head(200, "Transfer-Encoding: chunked\r\n"), in_chunks(plain), plain},
          {"chunked gzip", site::head(200, "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"), in_chunks(zipped), plain},
          {"close", site::head(200), plain, plain, true},
          {"close gzip", site::head(200, "Content-Encoding: gzip\r\n"), zipped, plain, true}};
}

/// How the connection of a cut answer ends.
enum class ending : std::uint8_t { close, cut, reset };

site::step step_of(ending how) {
  switch (how) {
    case ending::close: return site::close();
    case ending::cut: return site::cut();
    case ending::reset: return site::reset();
  }
  return {};
}

void expect_cut(const result<response>& r, const answer& whole, std::size_t at) {
  if (at < whole.head.size()) EXPECT_FALSE(r) << whole.name << " cut at " << at;
  if (!r) {
    EXPECT_EQ(r.error().code, errc::connect_reset) << whole.name << " cut at " << at;
    return;
  }
  EXPECT_EQ(r->truncated, truncation::disconnect) << whole.name << " cut at " << at;
  EXPECT_TRUE(whole.plain.starts_with(r->body)) << whole.name << " cut at " << at;
}

/// Cuts each answer at every offset; after each cut another page of the host is asked for.
asio::awaitable<void> cut_everywhere(client& c, site::server& s, site::place there, std::size_t size, ending how) {
  const std::vector<answer> all = answers(size);
  for (const answer& whole : all) {
    // Without close_notify or an RST the end of the connection is the end of such a body.
    const ending end = whole.ends_at_close && how == ending::close ? (there.scheme == "https" ? ending::cut : ending::reset) : how;
    const std::string bytes = whole.bytes();
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      s.on("/cut", [&, at](const auto&) { return script({site::send(bytes.substr(0, at)), step_of(end)}); });
      const auto cut = co_await c.exchange(get(there.url("/cut")), quick_options());
      expect_cut(cut, whole, at);
      const auto own = co_await c.exchange(get(there.url("/own")), quick_options());
      CO_ASSERT(own.has_value());
      EXPECT_EQ(own->body, "ok") << whole.name << " after the cut at " << at;
    }
    s.on("/cut", [&](const auto&) { return script({site::send(bytes), site::close()}); });
    const auto uncut = co_await c.exchange(get(there.url("/cut")), quick_options());
    CO_ASSERT(uncut.has_value());
    EXPECT_EQ(uncut->body, whole.plain) << whole.name;
    EXPECT_EQ(uncut->truncated, truncation::none) << whole.name;
  }
}

asio::awaitable<void> cut_plain(asio::io_context& loop, std::size_t size) {
  site::server s(ok);
  client c = open_client(loop);
  for (const ending how : {ending::close, ending::reset}) co_await cut_everywhere(c, s, site::place{"http", "127.0.0.1", s.port()}, size, how);
}

asio::awaitable<void> cut_tls(asio::io_context& loop, std::size_t size) {
  const site::authority ca;
  site::server s(ok);
  const site::place there = s.listen_tls(ca.issue());
  config::fetch settings;
  settings.tls.ca_file = ca.ca_file();
  client c = open_client(loop, settings);
  for (const ending how : {ending::close, ending::cut}) co_await cut_everywhere(c, s, there, size, how);
}

constexpr std::chrono::seconds patience{50}, night{580};

TEST(ClientCuts, PlainAnswerCutAtEveryByteIsNeverWhole) {
  trawl::testing::run_to_end([](asio::io_context& loop) { return cut_plain(loop, 120); }, patience);
}
TEST(ClientCuts, AnswerOverTlsCutAtEveryByteIsNeverWhole) {
  trawl::testing::run_to_end([](asio::io_context& loop) { return cut_tls(loop, 30); }, patience);
}
TEST(ClientCutsNightly, LongPlainAnswerCutAtEveryByteIsNeverWhole) {
  trawl::testing::run_to_end([](asio::io_context& loop) { return cut_plain(loop, 2000); }, night);
}
TEST(ClientCutsNightly, LongAnswerOverTlsCutAtEveryByteIsNeverWhole) {
  trawl::testing::run_to_end([](asio::io_context& loop) { return cut_tls(loop, 2000); }, night);
}

CO_TEST(ClientCuts, BodyWhereNoneMayBeIsNotTheNextAnswer) {  // RFC 9112, 6.3 and 11.2
  const std::string evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
  for (const std::string& head : {site::head(204, "Content-Length: 42\r\n"), site::head(204, "Transfer-Encoding: chunked\r\n"), "http/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" + std::string()}) {
    site::server s(ok);
    s.on("/first", [&](const auto&) { return script({site::send(head), site::pause(20ms), site::send(evil)}); });
    client c = open_client(loop);
    EXPECT_TRUE((co_await c.exchange(get(s.url("/first")), quick_options())).has_value());
    const auto own = co_await c.exchange(get(s.url("/own")), quick_options());
    CO_ASSERT(own.has_value());
    EXPECT_EQ(own->body, "ok") << head;
  }
}

CO_TEST(ClientCuts, LateRestOfAnAnswerIsNotTakenForTheNext) {
  site::server s(ok);
  s.on("/first", [&](const auto&) { return script({site::send(site::head(200, "Content-Length: 2\r\n") + "ok"), site::pause(50ms), site::send("<p>and more than was said</p>")}); });
  client c = open_client(loop);
  EXPECT_TRUE((co_await c.exchange(get(s.url("/first")), quick_options())).has_value());
  const auto own = co_await c.exchange(get(s.url("/own")), quick_options());
  CO_ASSERT(own.has_value());
  EXPECT_EQ(own->body, "ok");
  EXPECT_EQ(s.connections().size(), 2U);
  EXPECT_EQ(code_of(co_await c.exchange(post(s.url("/first"), "x=1"), quick_options())), std::nullopt);
  EXPECT_EQ(code_of(co_await c.exchange(post(s.url("/order"), "x=1"), quick_options())), errc::http_malformed);  // not to be sent twice
}

/// A figure of /proc/self/status, in bytes.
std::size_t memory(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(key + ":")) return std::stoul(line.substr(key.size() + 1)) * 1024;
  return 0;
}

/// How far the resident memory rises above what it is now.
class memory_rise {
 public:
  memory_rise() : before_(memory("VmRSS")) { std::ofstream("/proc/self/clear_refs") << "5"; }  // proc(5): resets VmHWM
  std::size_t bytes() const { return memory("VmHWM") - std::min(before_, memory("VmHWM")); }

 private:
  std::size_t before_;
};

/// A bomb is asked for once with a small limit, so that all but its body has its memory already, and once with `max_body`.
asio::awaitable<void> expect_defused(asio::io_context& loop, std::string_view coding, std::uint64_t size, std::size_t window) {
  constexpr std::size_t max_body = 16U << 20;
  constexpr std::size_t slack = std::size_t{test::is_sanitized ? 64 : 3} << 20;  // what smaller rooms of the body leave behind in the heap
  const std::string bytes = site::head(200, fmt::format("Content-Encoding: {}\r\n", coding)) + compressed_zeros(size, coding);
  site::server s([&](const auto&) { return script({site::send(bytes), site::close()}); });
  client c = open_client(loop);
  exchange_options o = quick_options();
  o.max_body = 1000;
  const auto small = co_await c.exchange(get(s.url("/")), o);
  CO_ASSERT(small.has_value());
  EXPECT_EQ(small->body.size(), 1000U);
  o.max_body = max_body;
  const memory_rise rise;
  const auto r = co_await c.exchange(get(s.url("/")), o);
  const std::size_t risen = rise.bytes();
  CO_ASSERT(r.has_value());
  EXPECT_EQ(r->truncated, truncation::length) << coding;
  EXPECT_LE(r->body.size(), max_body) << coding;
  EXPECT_GE(r->body.size(), max_body / 2 - (64U << 10)) << coding;  // the ratio may end it from 8 MiB on
  EXPECT_LE(risen, max_body + window + slack) << coding;
  ::testing::Test::RecordProperty("rise_kib", static_cast<int>(risen / 1024));
}

constexpr std::size_t gzip_window = 32U << 10, zstd_window = 8U << 20, br_window = 16U << 20;

TEST(ClientBombs, AreStoppedAtTheLimit) {
  trawl::testing::run_to_end([](asio::io_context& loop) { return expect_defused(loop, "gzip", 64U << 20, gzip_window); }, patience);
  trawl::testing::run_to_end([](asio::io_context& loop) { return expect_defused(loop, "zstd", 64U << 20, zstd_window); }, patience);
  trawl::testing::run_to_end([](asio::io_context& loop) { return expect_defused(loop, "br", 64U << 20, br_window); }, patience);
}
TEST(ClientBombsNightly, GibibyteOfGzipTakesNoMoreThanABody) {
  trawl::testing::run_to_end([](asio::io_context& loop) { return expect_defused(loop, "gzip", 1U << 30, gzip_window); }, night);
}
TEST(ClientBombsNightly, GibibyteOfBrotliTakesNoMoreThanABodyAndAWindow) {
  trawl::testing::run_to_end([](asio::io_context& loop) { return expect_defused(loop, "br", 1U << 30, br_window); }, night);
}
TEST(ClientBombsNightly, GibibyteOfZstdTakesNoMoreThanABodyAndAWindow) {
  trawl::testing::run_to_end([](asio::io_context& loop) { return expect_defused(loop, "zstd", 1U << 30, zstd_window); }, night);
}

}  // namespace
}  // namespace trawl::net
