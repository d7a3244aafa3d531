// What all result logs have in common: readers that wait for the next entry, under one mutex.
#pragma once
#include <mutex>

#include "crawler/frontier/result_log.hpp"
#include "crawler/frontier/wake_list.hpp"

namespace trawl::frontier {

/// Any thread. A log says in `find` where its entries are; the members below are guarded by `mutex_`.
class read_side : public virtual result_log {
 public:
  boost::asio::awaitable<std::optional<log_entry>> read(std::uint64_t after) override;
  std::optional<log_entry> poll(std::uint64_t after) override;
  std::uint64_t synced_seq() const noexcept override;
  bool closed() const noexcept override;

 protected:
  /// The first entry with seq > after; nullopt when there is none now. Called with `mutex_` held.
  virtual std::optional<log_entry> find(std::uint64_t after) = 0;

  /// A reader has read all there is and waits. Called without the mutex.
  virtual void someone_waits() {}

  mutable std::mutex mutex_;
  std::uint64_t last_ = 0;  ///< seq of the last entry
  bool closed_ = false;
  wake_list readers_;       ///< woken after every change of the above
};

}  // namespace trawl::frontier
