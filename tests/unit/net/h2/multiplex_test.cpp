#include "crawler/net/h2/multiplex.hpp"

#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "tests/support/co_test.hpp"
#include "tests/support/compressed.hpp"
#include "tests/support/h2_peer.hpp"

namespace trawl::net::h2 {
namespace {

using testing::h2_peer;
using testing::memory_stream;
using namespace std::chrono_literals;

/// A multiplex, and a server behind it that does as `answer` says with each whole request.
struct served {
  using handler = std::function<void(h2_peer&, std::int32_t, const testing::h2_request&)>;

  served(asio::io_context& loop, handler how, std::uint32_t most_streams = 100, keep_limits keep = {})
      : loop(loop), wire(std::make_shared<memory_stream>(loop.get_executor())), peer(most_streams), answer(std::move(how)) {
    wire->on_write = [this](std::string_view bytes) { take(bytes); };
    h2 = std::make_unique<multiplex>(loop.get_executor(), wire, session_limits{}, keep);
  }
  ~served() { wire->on_write = nullptr; }
  void take(std::string_view bytes) {
    peer.feed(bytes);
    for (const auto& [id, r] : peer.requests())
      if (r.is_whole && id > answered) {
        answered = id;
        answer(peer, id, r);
      }
    flush();
  }
  void flush() {
    if (const std::string out = peer.take_output(); !out.empty()) wire->push(out);
  }

  asio::io_context& loop;
  std::shared_ptr<memory_stream> wire;
  h2_peer peer;
  handler answer;
  std::int32_t answered = 0;
  std::unique_ptr<multiplex> h2;
};

request asking(std::string url, std::string method = "GET", std::string body = {}) {
  request r;
  r.url = std::move(url);
  r.method = std::move(method);
  r.body = std::move(body);
  return r;
}

exchange_terms within(std::chrono::milliseconds first_byte = 2s, std::chrono::milliseconds total = 3s) {
  const auto now = std::chrono::steady_clock::now();
  return {.first_byte = now + first_byte, .total = now + total, .wants_body = {}};
}

asio::awaitable<outcome> ask(multiplex& h2, std::string path = "/", exchange_terms terms = within()) {
  request r = asking("https://h.example" + path);
  auto target = url::parse(r.url);
  return h2.exchange(std::move(r), std::move(*target), std::move(terms));
}

asio::awaitable<void> pause(asio::io_context& loop, std::chrono::milliseconds how_long) {
  asio::steady_timer timer(loop, how_long);
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

void answer_with_path(h2_peer& peer, std::int32_t id, const testing::h2_request& r) { peer.respond(id, 200, {{"content-type", "text/html"}}, r.field(":path")); }
void say_nothing(h2_peer&, std::int32_t, const testing::h2_request&) {}

/// An exchange that runs beside the test.
struct running {
  running(asio::io_context& loop, asio::awaitable<outcome> work) : done(loop, asio::steady_timer::time_point::max()) {
    asio::co_spawn(loop, std::move(work), asio::bind_cancellation_slot(stop.slot(), [this](std::exception_ptr, outcome o) {
      result.emplace(std::move(o));
      done.cancel();
    }));
  }
  asio::awaitable<outcome> wait() {
    while (!result) co_await done.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return std::move(*result);
  }
  asio::cancellation_signal stop;
  asio::steady_timer done;
  std::optional<outcome> result;
};

CO_TEST(Multiplex, BringsAnAnswer) {
  served s(loop, answer_with_path);
  const outcome o = co_await ask(*s.h2, "/page");
  CO_ASSERT(o.answer.has_value());
  EXPECT_EQ(o.answer->status, 200);
  EXPECT_EQ(o.answer->http_version, "2");
  EXPECT_EQ(o.answer->ip, "192.0.2.1");
  EXPECT_EQ(o.answer->body, "/page");
  EXPECT_EQ(o.answer->wire_bytes, 5U);
  EXPECT_EQ(o.answer->final_url, "https://h.example/page");
  EXPECT_EQ(o.answer->header("content-type"), "text/html");
  EXPECT_EQ(o.answer->truncated, truncation::none);
  EXPECT_EQ(s.h2->exchanges(), 0U);
  EXPECT_TRUE(s.h2->accepts());
}

CO_TEST(Multiplex, RunsManyExchangesAtOnce) {
  served s(loop, [](h2_peer& peer, std::int32_t id, const testing::h2_request& r) { peer.respond(id, 200, {}, r.field(":path") + std::string(300'000, 'x')); }, 7);
  std::vector<std::unique_ptr<running>> all;
  for (int i = 0; i < 50; ++i) all.push_back(std::make_unique<running>(loop, ask(*s.h2, "/" + std::to_string(i) + "-")));
  for (int i = 0; i < 50; ++i) {
    const outcome o = co_await all[static_cast<std::size_t>(i)]->wait();
    CO_ASSERT(o.answer.has_value());
    EXPECT_TRUE(o.answer->body.starts_with("/" + std::to_string(i) + "-x"));
    EXPECT_GT(o.answer->body.size(), 300'000U);
  }
}

CO_TEST(Multiplex, SendsABody) {
  served s(loop, [](h2_peer& peer, std::int32_t id, const testing::h2_request& r) { peer.respond(id, 200, {}, r.field(":method") + std::to_string(r.body.size())); });
  auto target = url::parse("https://h.example/");
  const outcome o = co_await s.h2->exchange(asking("https://h.example/", "POST", std::string(300'000, 'b')), *target, within());
  CO_ASSERT(o.answer.has_value());
  EXPECT_EQ(o.answer->body, "POST300000");
}

CO_TEST(Multiplex, CutsABodyAtItsLimitAndGoesOn) {
  served s(loop, [](h2_peer& peer, std::int32_t id, const testing::h2_request&) { peer.respond(id, 200, {}, std::string(5'000'000, 'x')); });
  exchange_terms terms = within();
  terms.max_body = 100'000;
  const outcome o = co_await ask(*s.h2, "/", terms);
  CO_ASSERT(o.answer.has_value());
  EXPECT_EQ(o.answer->body.size(), 100'000U);
  EXPECT_EQ(o.answer->truncated, truncation::length);
  co_await pause(loop, 1ms);
  EXPECT_TRUE(s.peer.requests().at(1).is_reset);
  EXPECT_TRUE(s.h2->accepts());
}

CO_TEST(Multiplex, ReadsNoBodyThatIsNotWanted) {
  served s(loop, [](h2_peer& peer, std::int32_t id, const testing::h2_request&) { peer.respond(id, 200, {{"content-type", "image/png"}}, std::string(5'000'000, 'x')); });
  exchange_terms terms = within();
  terms.wants_body = [](const header_list& headers) { return headers.front().second == "text/html"; };
  const outcome o = co_await ask(*s.h2, "/", terms);
  CO_ASSERT(o.answer.has_value());
  EXPECT_TRUE(o.answer->body_skipped);
  EXPECT_TRUE(o.answer->body.empty());
  co_await pause(loop, 1ms);
  EXPECT_TRUE(s.peer.requests().at(1).is_reset);
}

CO_TEST(Multiplex, EndsAtTheDeadlineOfTheHeadWithoutHarmToOthers) {
  served s(loop, [](h2_peer& peer, std::int32_t id, const testing::h2_request& r) {
    if (r.field(":path") != "/never") answer_with_path(peer, id, r);
  });
  running late(loop, ask(*s.h2, "/never", within(30ms)));
  const outcome other = co_await ask(*s.h2, "/other");
  EXPECT_TRUE(other.answer.has_value());
  const outcome o = co_await late.wait();
  CO_ASSERT(!o.answer.has_value());
  EXPECT_EQ(o.answer.error().code, errc::timeout_first_byte);
  EXPECT_EQ(o.may_be_asked, again::no);
  const outcome after = co_await ask(*s.h2, "/after");
  EXPECT_TRUE(after.answer.has_value());
  EXPECT_TRUE(s.peer.requests().at(1).is_reset);
}

CO_TEST(Multiplex, KeepsThePrefixAtTheDeadlineOfTheWhole) {
  served s(loop, say_nothing);
  running late(loop, ask(*s.h2, "/", within(2s, 50ms)));
  co_await pause(loop, 5ms);
  s.wire->push(testing::head_frame(1, {{":status", "200"}}) + testing::frame(testing::data_frame, 0, 1, "prefix"));
  const outcome o = co_await late.wait();
  CO_ASSERT(o.answer.has_value());
  EXPECT_EQ(o.answer->body, "prefix");
  EXPECT_EQ(o.answer->truncated, truncation::time);
}

CO_TEST(Multiplex, TakesNoMoreWhereNothingHasComeInTime) {
  served s(loop, say_nothing);
  co_await pause(loop, 5ms);  // SETTINGS go both ways
  s.wire->on_write = nullptr;
  const outcome o = co_await ask(*s.h2, "/", within(20ms));
  CO_ASSERT(!o.answer.has_value());
  EXPECT_EQ(o.answer.error().code, errc::timeout_first_byte);
  EXPECT_FALSE(s.h2->accepts());
  EXPECT_TRUE(s.wire->is_closed());
}

CO_TEST(Multiplex, HasDeadlinesWhereTheServerDoesNotRead) {
  served s(loop, say_nothing);
  s.wire->takes_writes = false;
  const outcome o = co_await ask(*s.h2, "/", within(20ms));
  CO_ASSERT(!o.answer.has_value());
  EXPECT_EQ(o.answer.error().code, errc::timeout_first_byte);
}

CO_TEST(Multiplex, ResetsTheStreamOfACancelledExchange) {
  served s(loop, say_nothing);
  running r(loop, ask(*s.h2));
  co_await pause(loop, 5ms);
  r.stop.emit(asio::cancellation_type::terminal);
  const outcome o = co_await r.wait();
  CO_ASSERT(!o.answer.has_value());
  EXPECT_EQ(o.answer.error().code, errc::cancelled);
  co_await pause(loop, 5ms);
  EXPECT_TRUE(s.peer.requests().at(1).is_reset);
  EXPECT_TRUE(s.h2->accepts());
}

// RFC 9113, 8.7: what was refused, or is above the last stream of a GOAWAY, may be sent again whatever its method.
CO_TEST(Multiplex, SaysWhatMayBeAskedAgain) {
  served refusing(loop, [](h2_peer& peer, std::int32_t id, const testing::h2_request&) { peer.reset(id, 7); });
  const outcome refused = co_await ask(*refusing.h2);
  EXPECT_EQ(refused.may_be_asked, again::later);
  EXPECT_TRUE(refusing.h2->accepts());

  served old(loop, [](h2_peer& peer, std::int32_t id, const testing::h2_request&) { peer.reset(id, 13); });
  const outcome needs_old = co_await ask(*old.h2);
  EXPECT_EQ(needs_old.may_be_asked, again::over_http1);

  served broken(loop, [](h2_peer& peer, std::int32_t id, const testing::h2_request&) { peer.reset(id, 2); });
  const outcome reset = co_await ask(*broken.h2);
  EXPECT_EQ(reset.may_be_asked, again::no);
  CO_ASSERT(!reset.answer.has_value());
  EXPECT_EQ(reset.answer.error().code, errc::connect_reset);
}

CO_TEST(Multiplex, LosesNothingAtAGoaway) {
  served s(loop, say_nothing);
  running first(loop, ask(*s.h2, "/1")), second(loop, ask(*s.h2, "/2"));
  co_await pause(loop, 5ms);
  s.peer.go_away(1);
  s.flush();
  const outcome again_later = co_await second.wait();
  EXPECT_EQ(again_later.may_be_asked, again::later);
  EXPECT_FALSE(s.h2->accepts());
  const outcome third = co_await ask(*s.h2, "/3");
  EXPECT_EQ(third.may_be_asked, again::at_once);
  s.peer.respond(1, 200, {}, "whole");
  s.flush();
  const outcome o = co_await first.wait();
  CO_ASSERT(o.answer.has_value());
  EXPECT_EQ(o.answer->body, "whole");
  EXPECT_TRUE(s.wire->is_closed());  // nobody needs it any more
}

CO_TEST(Multiplex, EndsEachExchangeWhenTheConnectionEnds) {
  served s(loop, say_nothing);
  running with_head(loop, ask(*s.h2, "/1")), without(loop, ask(*s.h2, "/2"));
  co_await pause(loop, 5ms);
  s.wire->push(testing::head_frame(1, {{":status", "200"}}) + testing::frame(testing::data_frame, 0, 1, "prefix"));
  s.wire->hang_up();
  const outcome cut = co_await with_head.wait();
  CO_ASSERT(cut.answer.has_value());
  EXPECT_EQ(cut.answer->body, "prefix");
  EXPECT_EQ(cut.answer->truncated, truncation::disconnect);
  const outcome none = co_await without.wait();
  CO_ASSERT(!none.answer.has_value());
  EXPECT_EQ(none.answer.error().code, errc::connect_reset);
  EXPECT_EQ(none.may_be_asked, again::no);  // it was a fresh connection
  EXPECT_FALSE(s.h2->accepts());
}

// As for HTTP/1.1 (RFC 9112, 9.3.1): a kept connection may be closed just as it is used again.
CO_TEST(Multiplex, SaysWhenAKeptConnectionWasDead) {
  served s(loop, answer_with_path);
  co_await ask(*s.h2);
  s.answer = [&](h2_peer&, std::int32_t, const testing::h2_request&) { s.wire->hang_up(); };
  const outcome o = co_await ask(*s.h2);
  CO_ASSERT(!o.answer.has_value());
  EXPECT_EQ(o.answer.error().code, errc::connect_reset);
  EXPECT_EQ(o.may_be_asked, again::if_idempotent);
}

CO_TEST(Multiplex, AsksASilentConnectionForASignOfLife) {
  keep_limits keep;
  keep.silence = 10ms;
  keep.probe = 30ms;
  served s(loop, answer_with_path, 100, keep);
  co_await ask(*s.h2);
  EXPECT_EQ(s.peer.pings(), 0U);
  co_await pause(loop, 15ms);
  const outcome alive = co_await ask(*s.h2);
  EXPECT_TRUE(alive.answer.has_value());
  EXPECT_EQ(s.peer.pings(), 1U);
  co_await pause(loop, 15ms);
  s.wire->on_write = nullptr;  // gone without a word
  const auto begin = std::chrono::steady_clock::now();
  const outcome dead = co_await ask(*s.h2);
  CO_ASSERT(!dead.answer.has_value());
  EXPECT_EQ(dead.may_be_asked, again::if_idempotent);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
}

CO_TEST(Multiplex, TellsAServerWhatItDidAndCloses) {
  served s(loop, say_nothing);
  running r(loop, ask(*s.h2));
  co_await pause(loop, 5ms);
  std::string said;
  s.wire->on_write = [&](std::string_view bytes) { said += bytes; };
  s.wire->push(testing::frame(testing::continuation_frame, testing::end_headers, 1));
  const outcome o = co_await r.wait();
  CO_ASSERT(!o.answer.has_value());
  EXPECT_EQ(o.answer.error().code, errc::http_malformed);
  co_await pause(loop, 5ms);
  EXPECT_TRUE(s.wire->is_closed());
  EXPECT_NE(said.find(testing::frame(testing::goaway_frame, 0, 0).substr(3)), std::string::npos);  // behind the length: type, flags, stream
}

CO_TEST(Multiplex, DecodesABody) {
  static constexpr unsigned char packed[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 7, 0, 0x86, 0xa6, 0x10, 0x36, 5, 0, 0, 0};
  served s(loop, [](h2_peer& peer, std::int32_t id, const testing::h2_request&) {
    peer.respond(id, 200, {{"content-encoding", "gzip"}}, std::string(reinterpret_cast<const char*>(packed), sizeof packed));
  });
  const outcome o = co_await ask(*s.h2);
  CO_ASSERT(o.answer.has_value());
  EXPECT_EQ(o.answer->body, "hello");
  EXPECT_EQ(o.answer->wire_bytes, sizeof packed);
}

// A bomb is stopped by what it unfolds to while it comes in, and a broken coding where it breaks: the server is told at once.
CO_TEST(Multiplex, ResetsAStreamWhoseBodyUnfoldsTooFarOrIsNotOfItsCoding) {
  served s(loop, [](h2_peer& peer, std::int32_t id, const testing::h2_request& r) {
    const bool is_bomb = r.field(":path") == "/bomb";
    peer.respond(id, 200, {{"content-encoding", "gzip"}}, is_bomb ? testing::compressed(std::string(32U << 20, '0'), "gzip") + std::string(1U << 20, 'x') : std::string(1U << 20, 'x'));
  });
  exchange_terms terms = within();
  terms.max_body = 100'000;
  const outcome bomb = co_await ask(*s.h2, "/bomb", terms);
  CO_ASSERT(bomb.answer.has_value());
  EXPECT_EQ(bomb.answer->body, std::string(100'000, '0'));
  EXPECT_EQ(bomb.answer->truncated, truncation::length);
  const outcome broken = co_await ask(*s.h2, "/broken");
  CO_ASSERT(!broken.answer.has_value());
  EXPECT_EQ(broken.answer.error().code, errc::body_decode);
  co_await pause(loop, 5ms);
  EXPECT_TRUE(s.peer.requests().at(1).is_reset);
  EXPECT_TRUE(s.peer.requests().at(3).is_reset);
}

CO_TEST(Multiplex, EndsWhatRunsWhenItIsDestroyed) {
  served s(loop, say_nothing);
  running r(loop, ask(*s.h2));
  co_await pause(loop, 5ms);
  s.h2.reset();
  const outcome o = co_await r.wait();
  CO_ASSERT(!o.answer.has_value());
  EXPECT_EQ(o.answer.error().code, errc::connect_reset);
}

CO_TEST(Multiplex, IsKeptForATime) {
  keep_limits keep;
  keep.idle = 20ms;
  served idle(loop, answer_with_path, 100, keep);
  EXPECT_TRUE(idle.h2->accepts());
  co_await pause(loop, 25ms);
  EXPECT_FALSE(idle.h2->accepts());
  served used(loop, answer_with_path, 100, {.exchanges = 2});
  co_await ask(*used.h2);
  EXPECT_TRUE(used.h2->accepts());
  co_await ask(*used.h2);
  EXPECT_FALSE(used.h2->accepts());
  used.h2->retire();
  EXPECT_TRUE(used.wire->is_closed());
}

}  // namespace
}  // namespace trawl::net::h2
