#include "crawler/engine/discovery/side_fetch.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "crawler/url/url.hpp"

namespace trawl::engine {

namespace asio = boost::asio;

namespace {

constexpr auto poll = std::chrono::milliseconds(10);

/// Somebody waits for a slot: the scheduler leaves one.
class slot_wish {
 public:
  explicit slot_wish(frontier::ledger& books) : books_(books) { books_.wish_permit(); }
  slot_wish(const slot_wish&) = delete;
  slot_wish& operator=(const slot_wish&) = delete;
  ~slot_wish() { books_.end_wish(); }

 private:
  frontier::ledger& books_;
};

/// false: cancelled.
asio::awaitable<bool> sleep(async::clock& time, async::clock::duration length) {
  co_await async::sleep_for(time, length);
  const auto state = co_await asio::this_coro::cancellation_state;
  co_return state.cancelled() == asio::cancellation_type::none;
}

}  // namespace

request_permit::request_permit(request_permit&& other) noexcept : books_(std::exchange(other.books_, nullptr)) {}

request_permit& request_permit::operator=(request_permit&& other) noexcept {
  std::swap(books_, other.books_);
  return *this;
}

void request_permit::give_back() noexcept {
  if (auto* books = std::exchange(books_, nullptr)) books->free_permit();
}

/// One request in flight to a host; while it is wanted the scheduler leaves the next that is free.
class side_fetch::host_permit {
 public:
  host_permit(const side_fetch& from, const std::string& host) : from_(from), host_(host), gate_(from.gate(host)) { gate_.want(); }
  host_permit(const host_permit&) = delete;
  host_permit& operator=(const host_permit&) = delete;
  ~host_permit() {
    taken_ ? gate_.finish() : gate_.unwant();
    from_.on_permit(host_);
  }
  bool take() {
    if (gate_.may_take()) gate_.take(), taken_ = true;
    return taken_;
  }

 private:
  const side_fetch& from_;
  const std::string& host_;
  frontier::host_gate& gate_;
  bool taken_ = false;
};

asio::awaitable<bool> side_fetch::take(host_permit& permit) const {
  while (!permit.take()) {
    const bool goes_on = co_await sleep(time, poll);
    if (!goes_on) co_return false;
  }
  co_return true;
}

asio::awaitable<bool> side_fetch::take(request_permit& slot) const {
  if (!slot) slot = request_permit(slots);
  if (slot) co_return true;
  const slot_wish wish(slots.books);
  while (!slot) {
    const bool goes_on = co_await sleep(time, poll);
    if (!goes_on) co_return false;
    slot = request_permit(slots);
  }
  co_return true;
}

asio::awaitable<result<fetch::outcome>> side_fetch::ask_once(request r, const std::string& host, request_permit& slot) const {
  host_permit permit(*this, host);
  const bool has_permit = co_await take(permit);
  const bool has_slot = has_permit && co_await take(slot);
  if (!has_slot) co_return fail(errc::cancelled);
  auto got = co_await fetch(std::move(r));
  slot.give_back();
  co_return got;
}

asio::awaitable<result<response>> side_fetch::operator()(std::string address, request_permit& slot) const {
  request asked;
  asked.url = std::move(address);
  return (*this)(std::move(asked), slot);
}

asio::awaitable<result<response>> side_fetch::operator()(request asked, request_permit& slot) const {
  const auto target = url::parse(asked.url);
  if (!target || !target->host) co_return fail(errc::url_invalid, "not a URL");
  const std::string host = target->host_port();
  attempt_state so_far;
  for (;;) {
    request r = asked;
    r.so_far = so_far;
    auto got = co_await ask_once(std::move(r), host, slot);
    if (!got) co_return std::unexpected(std::move(got.error()));
    auto* off = std::get_if<deferral>(&*got);
    if (off == nullptr) {
      auto answer = std::get<response>(std::move(*got));
      answer.memory.release();  // a sitemap is read as pages are fetched, which wait for memory; how many are at once is bounded
      co_return answer;
    }
    so_far = std::move(off->state);
    const auto wait = off->not_before - time.now();
    const bool goes_on = co_await sleep(time, wait);
    if (!goes_on) co_return fail(errc::cancelled);
  }
}

}  // namespace trawl::engine
