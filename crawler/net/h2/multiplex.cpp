#include "crawler/net/h2/multiplex.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <optional>
#include <unordered_map>

#include "crawler/net/h2/pending.hpp"
#include "crawler/net/h2/request_fields.hpp"

namespace trawl::net::h2 {

using std::chrono::steady_clock;

namespace {

constexpr auto token = asio::as_tuple(asio::use_awaitable);
constexpr auto soon_enough = std::chrono::seconds(1);  // a kept connection that ends later than this had taken the request: asking again is another try
constexpr auto longest_farewell = std::chrono::seconds(1);  // for the GOAWAY that tells a server what it did

void log_failure(std::exception_ptr failure) {
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& e) {
    spdlog::error("an HTTP/2 connection ended with an exception: {}", e.what());
  }
}

}  // namespace

struct multiplex::core {
  core(asio::any_io_executor on, std::shared_ptr<byte_stream> over, session_limits limits, keep_limits kept)
      : executor(std::move(on)), bytes(std::move(over)), protocol(limits), keep(kept), output(executor, steady_clock::time_point::max()), farewell(executor) {}

  static asio::awaitable<void> read_all(std::shared_ptr<core> me);
  static asio::awaitable<void> write_all(std::shared_ptr<core> me);
  static asio::awaitable<result<void>> wait_for_memory(std::shared_ptr<core> me, std::int32_t id, pending& p);
  void end(error why);
  void dispatch();
  void take_head(pending& p, event& e);
  void take_body(pending& p, event& e);
  void leave(std::int32_t id);
  bool is_kept() const { return !has_ended && !is_retired && protocol.accepts_requests(); }
  bool is_dead_to(const pending& p, bool was_probed) const { return was_probed && last_read < p.begin && steady_clock::now() - p.begin >= keep.probe; }

  asio::any_io_executor executor;
  std::shared_ptr<byte_stream> bytes;
  session protocol;
  keep_limits keep;
  std::unordered_map<std::int32_t, pending*> exchanges;
  asio::steady_timer output;    ///< rung when there may be something to write
  asio::steady_timer farewell;
  steady_clock::time_point born = steady_clock::now(), idle_since = born, last_read = born;
  std::uint32_t begun = 0;
  bool has_answered = false;    ///< a head has come at all: the connection is a kept one
  bool has_ended = false, is_retired = false;
  error failure;                ///< why it has ended
};

/// Ends with the connection; whatever happens, every exchange has its end then.
asio::awaitable<void> multiplex::core::read_all(std::shared_ptr<core> me) {
  std::string buffer;
  while (!me->has_ended) {
    buffer.clear();
    const auto got = co_await me->bytes->read(buffer);
    if (!got) co_return me->end(got.error());
    if (*got == 0) co_return me->end({errc::connect_reset, "closed by the server"});
    me->last_read = steady_clock::now();
    const auto fed = me->protocol.feed(buffer);
    if (!fed) me->failure = fed.error();  // which all exchanges are told now
    me->dispatch();
    me->output.cancel();
    if (fed) continue;
    me->farewell.expires_after(longest_farewell);
    co_await me->farewell.async_wait(token);
    co_return me->end(fed.error());
  }
}

/// A server that answers and closes may not have read all that we sent: so a failure to write ends nothing, the reader sees what came.
asio::awaitable<void> multiplex::core::write_all(std::shared_ptr<core> me) {
  while (!me->has_ended) {
    const std::string out = me->protocol.take_output();
    if (!out.empty()) {
      const auto written = co_await me->bytes->write(out);
      if (!written) break;
    } else if (me->protocol.failure()) {
      break;
    } else {
      co_await me->output.async_wait(token);
    }
  }
  me->is_retired = true;
  if (me->protocol.failure()) me->end(*me->protocol.failure());
}

void multiplex::core::end(error why) {
  if (has_ended) return;
  has_ended = true;
  failure = protocol.failure().value_or(std::move(why));
  protocol.lost();
  dispatch();
  output.cancel();
  farewell.cancel();
  bytes->close();
}

void multiplex::core::dispatch() {
  while (auto e = protocol.next()) {
    const auto found = exchanges.find(e->stream);
    if (found == exchanges.end()) continue;
    pending& p = *found->second;
    switch (e->what) {
      case event::kind::head: take_head(p, *e); break;
      case event::kind::body: take_body(p, *e); break;
      case event::kind::end:
        p.why = e->why;
        p.is_done = true;
        break;
    }
    if (p.is_done && e->what != event::kind::end) protocol.cancel(e->stream);
    if (p.is_done || p.is_full) p.wake.cancel();
  }
}

void multiplex::core::take_head(pending& p, event& e) {
  has_answered = true;
  p.has_head = true;
  p.out.latency = steady_clock::now() - p.begin;
  p.out.status = e.status;
  p.out.headers = std::move(e.headers);
  p.out.body_skipped = p.terms.wants_body && !p.terms.wants_body(p.out.headers);
  if (p.terms.min_rate > 0) {
    p.rate.emplace(p.terms.min_rate, p.terms.rate_span);
    p.next_step = steady_clock::now() + p.rate->step_length();
  }
  p.is_done = p.out.body_skipped;  // resetting the stream is cheaper than reading what nobody wants
  if (!p.is_done) p.begin_body();
  p.wake.cancel();                 // another deadline holds from here on
}

void multiplex::core::take_body(pending& p, event& e) {
  p.out.wire_bytes += e.bytes.size();
  if (p.rate) p.rate->add(e.bytes.size());
  p.take(std::move(e.bytes));
  protocol.taken(e.stream, p.read());
}

/// The server gets no more room for this body meanwhile (RFC 9113, 6.9), and its rate is not looked at.
asio::awaitable<result<void>> multiplex::core::wait_for_memory(std::shared_ptr<core> me, std::int32_t id, pending& p) {
  const auto before = p.memory.waited();
  auto grown = co_await p.memory.grow();
  p.out.waited = p.memory.waited();
  if (p.rate) p.next_step += p.memory.waited() - before;
  if (!grown) co_return grown;
  p.decode();
  me->protocol.taken(id, p.read());
  me->output.cancel();
  co_return grown;
}

void multiplex::core::leave(std::int32_t id) {
  exchanges.erase(id);
  protocol.cancel(id);
  output.cancel();
  idle_since = steady_clock::now();
  if (exchanges.empty() && !is_kept() && !protocol.failure()) end({errc::connect_reset, "the connection takes no more requests"});
}

namespace {

/// The answer as it stands.
outcome as_it_stands(pending& p) {
  if (p.failure) return {std::unexpected(*p.failure)};
  if (p.out.truncated == truncation::none && p.decoder) p.out.truncated = p.decoder->cut();
  return {std::move(p.out)};
}

/// What an exchange whose stream has ended has come to. `failure` is the connection's, `was_kept`: it had given answers before.
outcome settle(pending& p, const error& failure, bool was_kept) {
  switch (p.why) {
    case ending::complete: return as_it_stands(p);
    case ending::malformed: return {fail(errc::http_malformed, "the HTTP/2 answer is malformed")};
    case ending::header_too_large: return {fail(errc::http_header_too_large, "above fetch.max_header or 1000 fields")};
    case ending::unsent: return {fail(errc::connect_reset, "the connection takes no more requests"), again::at_once};
    case ending::refused: return {fail(errc::connect_reset, "the server refused the stream"), again::later};
    case ending::needs_http1: return {fail(errc::connect_reset, "the server wants HTTP/1.1"), again::over_http1};
    case ending::reset: case ending::lost: break;
  }
  if (p.has_head) {
    p.out.truncated = truncation::disconnect;
    return as_it_stands(p);
  }
  if (p.why == ending::reset) return {fail(errc::connect_reset, "the server reset the stream")};
  const bool is_stale = was_kept && (p.was_unheard || steady_clock::now() - p.begin < soon_enough);
  return {std::unexpected(failure), is_stale && failure.code == errc::connect_reset ? again::if_idempotent : again::no};
}

/// A deadline has passed.
outcome too_late(pending& p) {
  if (!p.has_head) return {fail(p.terms.first_byte <= p.terms.total ? errc::timeout_first_byte : errc::timeout_total, "the deadline passed")};
  p.out.truncated = truncation::time;
  return as_it_stands(p);
}

}  // namespace

multiplex::multiplex(asio::any_io_executor executor, std::shared_ptr<byte_stream> bytes, session_limits limits, keep_limits keep)
    : core_(std::make_shared<core>(executor, std::move(bytes), limits, keep)) {
  // Held by what they read and write: both end when the byte stream is closed, by the destructor at the latest.
  asio::co_spawn(executor, core::read_all(core_), log_failure);
  asio::co_spawn(executor, core::write_all(core_), log_failure);
}

multiplex::~multiplex() { core_->end({errc::connect_reset, "the connection was closed"}); }

bool multiplex::accepts() const {
  const auto now = steady_clock::now();
  const bool is_fresh = now - core_->born < core_->keep.age && core_->begun < core_->keep.exchanges && (exchanges() > 0 || now - core_->idle_since < core_->keep.idle);
  return is_fresh && core_->is_kept();
}

void multiplex::retire() {
  core_->is_retired = true;
  if (core_->exchanges.empty()) core_->end({errc::connect_reset, "the connection was closed"});
}

std::size_t multiplex::exchanges() const noexcept { return core_->exchanges.size(); }
std::string multiplex::peer() const { return core_->bytes->peer(); }
steady_clock::time_point multiplex::idle_since() const noexcept { return core_->idle_since; }

asio::awaitable<outcome> multiplex::exchange(request r, url::url target, exchange_terms terms) {
  const std::shared_ptr<core> me = core_;  // `this` may be gone when the answer is there
  if (!me->is_kept()) co_return outcome{fail(errc::connect_reset, "the connection takes no more requests"), again::at_once};
  pending p(me->executor, terms, r.memory);
  p.out.http_version = "2";
  p.out.final_url = r.url;
  p.out.ip = me->bytes->peer();
  const bool was_kept = me->has_answered;
  const bool is_probed = was_kept && me->exchanges.empty() && p.begin - me->last_read >= me->keep.silence;
  if (is_probed) me->protocol.ping();
  const auto id = me->protocol.submit(request_fields(r, target), std::move(r.body));
  if (!id) co_return outcome{std::unexpected(id.error()), again::at_once};
  ++me->begun;
  me->exchanges[*id] = &p;
  me->output.cancel();
  struct leaving {
    core& from;
    std::int32_t id;
    const pending& of;
    ~leaving() {
      from.protocol.taken(id, of.unread);  // the window that all bodies share opens again
      from.leave(id);
    }
  } const on_return{*me, *id, p};

  while (!p.is_done || p.is_full) {
    if (p.is_full) {
      const auto grown = co_await core::wait_for_memory(me, *id, p);
      if (!grown && grown.error().code == errc::cancelled) co_return outcome{fail(errc::cancelled)};
      if (!grown) co_return too_late(p);
      continue;
    }
    const auto deadline = p.deadline();
    const auto now = steady_clock::now();
    if (now >= deadline) {
      if (me->last_read < p.begin) me->is_retired = true;  // nothing at all has come: others had better try a new connection
      co_return too_late(p);
    }
    if (p.is_too_slow(now)) co_return outcome{fail(errc::timeout_too_slow, "slower than fetch.min_rate")};
    if (me->is_dead_to(p, is_probed)) {
      p.was_unheard = true;
      me->end({errc::connect_reset, "no answer to a PING"});
      continue;
    }
    const auto probe_ends = is_probed && me->last_read < p.begin ? p.begin + me->keep.probe : deadline;
    p.wake.expires_at(std::min({deadline, p.next_step, probe_ends}));
    co_await p.wake.async_wait(token);
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) co_return outcome{fail(errc::cancelled)};
  }
  co_return settle(p, me->failure, was_kept);
}

}  // namespace trawl::net::h2
