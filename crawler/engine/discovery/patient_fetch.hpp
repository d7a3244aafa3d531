// A fetch that holds no lease, and so may sleep where a page would be put off: robots.txt and sitemaps.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <string>

#include "crawler/async/clock.hpp"
#include "crawler/fetch/fetch.hpp"
#include "crawler/frontier/ledger.hpp"

namespace trawl::engine {

/// Where such requests are counted: they are requests like any other, within fetch.concurrency.
struct request_slots {
  frontier::ledger& books;
  std::uint32_t shard = 0;
};

/// One request in flight, for as long as it lives; false where none more was allowed. The ledger outlives it.
class request_permit {
 public:
  request_permit() = default;
  explicit request_permit(request_slots from) : books_(from.books.take_permit(from.shard) ? &from.books : nullptr) {}
  request_permit(request_permit&& other) noexcept;
  request_permit& operator=(request_permit&& other) noexcept;
  ~request_permit() { give_back(); }
  explicit operator bool() const noexcept { return books_ != nullptr; }
  void give_back() noexcept;

 private:
  frontier::ledger* books_ = nullptr;
};

/// One exchange with its retries and holds, which are slept through. Owner shard's thread.
struct patient_fetch {
  fetch::fetch_fn fetch;
  async::clock& time;  ///< outlives what runs
  request_slots slots;

  /// `slot` is what it begins with, if that is one; no permit is held while it sleeps, nor afterwards. Cancelled: errc::cancelled.
  /// Both this and `slot` outlive the call.
  boost::asio::awaitable<result<response>> operator()(std::string address, request_permit& slot) const;

 private:
  boost::asio::awaitable<bool> take(request_permit& slot) const;
};

}  // namespace trawl::engine
