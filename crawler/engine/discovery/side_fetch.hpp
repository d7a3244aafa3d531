// Requests of a job that are no page: robots.txt, sitemaps and what logs in. They hold no lease, so they may sleep where a page would be put off; but
// like a page each has a permit of its host, a slot of the job, and a turn of the host's clock.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>

#include "crawler/async/clock.hpp"
#include "crawler/fetch/fetch.hpp"
#include "crawler/frontier/host_gate.hpp"
#include "crawler/frontier/ledger.hpp"

namespace trawl::engine {

/// Where such requests are counted: within fetch.concurrency, as any.
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

/// Owner shard's thread only.
struct side_fetch {
  fetch::fetch_fn fetch;
  async::clock& time;  ///< outlives what runs
  request_slots slots;
  /// The gate of a host that this shard owns, with the job's delay and permits.
  std::function<frontier::host_gate&(const std::string& host)> gate;
  /// The scheduler may look at the host again: a permit of it is free.
  std::function<void(const std::string& host)> on_permit;

  /// One exchange with its retries and holds, which are slept through; no permit and no slot is held meanwhile, nor afterwards. `slot` is
  /// what it begins with, if that is one. Cancelled: errc::cancelled. This and `slot` outlive the call.
  boost::asio::awaitable<result<response>> operator()(request asked, request_permit& slot) const;
  boost::asio::awaitable<result<response>> operator()(std::string address, request_permit& slot) const;

 private:
  class host_permit;
  boost::asio::awaitable<result<fetch::outcome>> ask_once(request r, const std::string& host, request_permit& slot) const;
  boost::asio::awaitable<bool> take(host_permit& permit) const;
  boost::asio::awaitable<bool> take(request_permit& slot) const;
};

}  // namespace trawl::engine
