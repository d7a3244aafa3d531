#include "crawler/engine/discovery/patient_fetch.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace trawl::engine {

namespace asio = boost::asio;

namespace {

constexpr auto slot_poll = std::chrono::milliseconds(10);

/// Somebody waits for a permit: the scheduler leaves one.
class permit_wish {
 public:
  explicit permit_wish(frontier::ledger& books) : books_(books) { books_.wish_permit(); }
  permit_wish(const permit_wish&) = delete;
  permit_wish& operator=(const permit_wish&) = delete;
  ~permit_wish() { books_.end_wish(); }

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

asio::awaitable<bool> patient_fetch::take(request_permit& slot) const {
  if (!slot) slot = request_permit(slots);
  if (slot) co_return true;
  const permit_wish wish(slots.books);
  while (!slot) {
    const bool goes_on = co_await sleep(time, slot_poll);
    if (!goes_on) co_return false;
    slot = request_permit(slots);
  }
  co_return true;
}

asio::awaitable<result<response>> patient_fetch::operator()(std::string address, request_permit& slot) const {
  attempt_state so_far;
  for (;;) {
    const bool has_slot = co_await take(slot);
    if (!has_slot) co_return fail(errc::cancelled);
    request r;
    r.url = address;
    r.so_far = so_far;
    auto got = co_await fetch(std::move(r));
    slot.give_back();
    if (!got) co_return std::unexpected(std::move(got.error()));
    auto* off = std::get_if<deferral>(&*got);
    if (off == nullptr) co_return std::get<response>(std::move(*got));
    so_far = std::move(off->state);
    const auto wait = off->not_before - time.now();
    const bool goes_on = co_await sleep(time, wait);
    if (!goes_on) co_return fail(errc::cancelled);
  }
}

}  // namespace trawl::engine
