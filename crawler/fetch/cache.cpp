#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "crawler/async/run_on.hpp"
#include "crawler/fetch/cache/disk_store.hpp"
#include "crawler/fetch/decorators.hpp"
#include "crawler/policy/retry.hpp"

namespace trawl::fetch {
namespace {

using config::cache_mode;
using policy::reuse;

/// Fields that part no answers by themselves: what every request has (Vary speaks of them), and what the request says of caching itself.
constexpr std::array<std::string_view, 5> not_in_key = {"user-agent", "accept", "accept-encoding", "cache-control", "pragma"};

/// A field as the job or the seed gave it: cookies of the jar differ with each session, and part nothing.
std::string_view own_part(std::string_view name, std::string_view value, const request& asked) {
  if (!equal_ignoring_case(name, "cookie") || asked.from_jar.empty() || !value.ends_with(asked.from_jar)) return value;
  value.remove_suffix(asked.from_jar.size());
  if (value.ends_with("; ")) value.remove_suffix(2);
  return value;
}

/// Credentials, and whatever else a seed or the job sends, part what is stored: nobody gets what another's token fetched.
std::string partition_of(const request& asked, const std::string& base) {
  std::string text = base;
  for (const auto& [name, value] : asked.headers) {
    const bool is_common = std::ranges::any_of(not_in_key, [&](std::string_view n) { return equal_ignoring_case(n, name); });
    const std::string_view own = own_part(name, value, asked);
    if (!is_common && !own.empty()) text.append("\n").append(name).append(": ").append(own);
  }
  return hex_digest(text);
}

/// What decides where a body ends that is not whole.
struct body_limits {
  std::uint64_t size = std::numeric_limits<std::uint64_t>::max();
  std::vector<std::string> types;  ///< globs; none: all are read

  std::string text() const {
    std::string out = std::to_string(size);
    for (const std::string& type : types) out += ' ' + type;
    return out;
  }
};

body_limits limits_of(const cache_parts& parts) {
  if (parts.use != cache_use::pages) return {};
  return {parts.settings.max_body.bytes, parts.settings.content_types};
}

/// What is stored as the network would have given it under the settings of now.
response answer_from(cache_entry entry, const body_limits& limits, const cache_parts& parts, byte_lease room) {
  response out = std::move(entry.answer);
  out.memory = std::move(room);
  out.status = entry.head.status;
  out.headers = std::move(entry.head.headers);
  out.source = content_source::cache;
  if (!parts.wants_body(out.headers, limits.types)) {
    out.body.clear();
    out.body_skipped = true;
  }
  if (out.body.size() > limits.size) {
    out.body.resize(limits.size);
    out.truncated = truncation::length;
  }
  return out;
}

class cache_user final {
 public:
  cache_user(fetch_fn next, cache_parts parts) : next_(std::move(next)), p_(std::move(parts)), limits_(limits_of(p_)) {}

  asio::awaitable<result<outcome>> operator()(request asked) const {
    const std::string key = cache_key(asked, partition_of(asked, p_.partition));
    std::optional<cache_entry> found;
    byte_lease room;
    if (may_answer(asked)) found = co_await look_up(key, room);
    const reuse how = found ? judge(asked, *found) : reuse::fetch;
    if (how == reuse::use || mode() == cache_mode::offline) {
      give_back_turn(asked);
      co_return how == reuse::use ? outcome(answer_from(std::move(*found), limits_, p_, std::move(room))) : missing();
    }
    std::optional<policy::stored_head> head;
    if (how == reuse::validate) head = std::move(found->head);
    found.reset();   // its body would be there uncounted for as long as the exchange takes
    room.release();  // whoever asks for room below must hold none
    if (head) co_return co_await validate(asked, key, *head);
    co_return co_await fetch_anew(asked, key);
  }

 private:
  cache_mode mode() const noexcept { return p_.settings.cache.mode; }
  bool is_replay() const noexcept { return mode() != cache_mode::http || p_.use == cache_use::robots; }

  /// Can anything that is stored be the answer, or be asked about?
  bool may_answer(const request& asked) const {
    if (asked.so_far.login_lost) return false;  // what is stored may be the page that nobody was logged in for
    if (p_.use == cache_use::robots) return mode() == cache_mode::offline;
    return is_replay() || (asked.method == "GET" && !policy::has_own_conditions(asked.headers));
  }

  reuse judge(const request& asked, const cache_entry& found) const {
    if (!found.limits.empty() && found.limits != limits_.text()) return reuse::fetch;
    return is_replay() ? reuse::use : policy::judge_stored(asked, found.head, p_.now());
  }

  /// Is what is stored now still what was asked about?
  bool is_still(const request& asked, const cache_entry& found, const policy::stored_head& head) const {
    return judge(asked, found) != reuse::fetch && found.head.status == head.status && policy::conditions(found.head) == policy::conditions(head);
  }

  /// The host gets no request, so the next one need not wait for it.
  void give_back_turn(const request& asked) const {
    const auto where = asked.charged ? url::parse(asked.url) : std::nullopt;
    if (where) p_.gates.gate(where->host_port()).refund(*asked.charged);
  }

  result<outcome> missing() const {
    if (p_.use != cache_use::robots) return fail(errc::connect_unreachable, "it is not in the cache, and fetch.cache.mode is offline");
    response none;
    none.status = 404;
    none.source = content_source::cache;
    return none;
  }

  bool may_keep(const request& asked, const response& answer) const {
    if (policy::has_own_conditions(asked.headers)) return false;
    if (!is_replay()) return policy::may_store(asked, answer, p_.now());
    const bool is_final = answer.status >= 200 && answer.status != 206 && answer.status != 304 && policy::classify(answer.status) == policy::retry_class::final;
    return is_final && (answer.truncated == truncation::none || answer.truncated == truncation::length);
  }

  asio::awaitable<result<outcome>> fetch_anew(const request& asked, const std::string& key) const {
    auto got = co_await next_(asked);
    auto* answer = got ? std::get_if<response>(&*got) : nullptr;
    if (answer == nullptr) co_return got;
    co_return co_await keep(asked, key, std::move(*answer));
  }

  /// RFC 9111, 4.3. The body stays on disk until the 304 has come. Other requests and processes may have changed or removed the entry by
  /// then: its page is fetched whole, once, by another turn of its host's clock.
  asio::awaitable<result<outcome>> validate(const request& asked, const std::string& key, const policy::stored_head& head) const {
    request sent = asked;
    std::ranges::move(policy::conditions(head), std::back_inserter(sent.headers));
    auto got = co_await next_(std::move(sent));
    auto* answer = got ? std::get_if<response>(&*got) : nullptr;
    if (answer == nullptr) co_return got;
    if (answer->status != 304) co_return co_await keep(asked, key, std::move(*answer));
    if (!policy::is_about(*answer, head)) {
      co_await forget(key);
      co_return without_conditions(asked, std::move(*answer));
    }
    answer->memory.release();  // it has no body, and whoever asks for room must hold none
    byte_lease room;
    auto found = co_await look_up(key, room);
    if (found && is_still(asked, *found, head)) co_return co_await refresh(asked, std::move(*found), std::move(*answer), std::move(room));
    found.reset();
    room.release();
    request whole = asked;
    whole.charged.reset();
    co_return co_await fetch_anew(whole, key);
  }

  /// Stores what may be stored; the answer goes on as it came. It waits in the entry meanwhile: bodies are not copied.
  asio::awaitable<result<outcome>> keep(const request& asked, const std::string& key, response answer) const {
    if (policy::invalidates(asked.method, answer.status)) co_await forget_page(asked);
    if (!may_keep(asked, answer)) co_return answer;
    cache_entry entry;
    const bool is_cut = answer.truncated != truncation::none || answer.body_skipped;
    entry.key = key;
    entry.url = asked.url;
    if (is_cut) entry.limits = limits_.text();
    const auto now = p_.now();
    const auto waited = std::chrono::duration_cast<std::chrono::system_clock::duration>(answer.latency);
    entry.head = {answer.status, policy::stored_fields(answer.headers), policy::vary_fields(answer.headers, asked.headers), now - waited, now};
    entry.answer = std::move(answer);
    co_await store(entry);
    co_return std::move(entry.answer);
  }

  /// RFC 9111, 4.3.4: the stored answer, with what the 304 says of it.
  asio::awaitable<result<outcome>> refresh(const request& asked, cache_entry found, response not_modified, byte_lease room) const {
    const auto now = p_.now();
    const auto waited = std::chrono::duration_cast<std::chrono::system_clock::duration>(not_modified.latency);
    found.head.headers = policy::updated_fields(found.head.headers, not_modified.headers);
    found.head.vary = policy::vary_fields(found.head.headers, asked.headers);
    found.head.request_at = now - waited;
    found.head.response_at = now;
    found.answer.http_version = not_modified.http_version;
    found.answer.ip = not_modified.ip;
    found.answer.tls_verified = not_modified.tls_verified;
    response whole;
    whole.status = found.head.status;
    whole.headers = found.head.headers;
    if (policy::may_store(asked, whole, now)) {
      co_await store(found);
    } else {
      co_await forget(found.key);
    }
    response out = answer_from(std::move(found), limits_, p_, std::move(room));
    out.source = content_source::validated;
    out.wire_bytes = not_modified.wire_bytes;
    out.latency = not_modified.latency;
    for (auto& field : not_modified.headers)  // cookies are not stored, but these have just come
      if (equal_ignoring_case(field.first, "set-cookie")) out.headers.push_back(std::move(field));
    co_return out;
  }

  /// A 304 to something that was not asked: once more, now that nothing is stored. After the last retry it is the answer.
  result<outcome> without_conditions(const request& asked, response not_modified) const {
    if (asked.so_far.retries >= p_.settings.retries) return not_modified;
    deferral off{{}, asked.so_far, defer_reason::retry};
    ++off.state.attempts;
    ++off.state.retries;
    return off;
  }

  /// Nothing is read before there is room for it.
  asio::awaitable<std::optional<cache_entry>> look_up(const std::string& key, byte_lease& room) const {
    std::uint64_t needed = 0;
    auto work = [this, &key, &room, &needed]() -> std::optional<cache_entry> {
      needed = p_.memory == nullptr || room.bytes() > 0 ? 0 : p_.store.size_of(key);
      if (needed > 0 && !p_.memory->try_take(room, needed)) return std::nullopt;
      needed = 0;
      return p_.store.find(key);
    };
    auto found = co_await async::run_on(p_.pool, work);
    if (needed == 0) co_return found;
    const auto taken = co_await p_.memory->take(room, needed, async::clock::time_point::max());
    if (!taken) throw boost::system::system_error(asio::error::operation_aborted);
    co_return co_await async::run_on(p_.pool, work);
  }
  /// Whether it was kept makes no difference to the answer: a full disk ends no crawl.
  asio::awaitable<bool> store(const cache_entry& entry) const {
    auto work = [this, &entry] { return p_.store.put(entry); };
    co_return co_await async::run_on(p_.pool, std::move(work));
  }
  asio::awaitable<bool> forget(std::string key) const {
    auto work = [this, key = std::move(key)] { return p_.store.erase(key), true; };
    co_return co_await async::run_on(p_.pool, std::move(work));
  }
  asio::awaitable<bool> forget_page(request asked) const {
    asked.method = "GET";
    asked.body.clear();
    std::erase_if(asked.headers, [](const auto& field) { return equal_ignoring_case(field.first, "content-type"); });
    return forget(cache_key(asked, partition_of(asked, p_.partition)));
  }

  fetch_fn next_;
  cache_parts p_;
  body_limits limits_;
};

}  // namespace

fetch_fn with_cache(fetch_fn next, cache_parts parts) { return cache_user(std::move(next), std::move(parts)); }

}  // namespace trawl::fetch
