// The result log of a crawl that writes to stdout or a file: a bounded channel in memory.
#pragma once
#include <deque>
#include <map>

#include "crawler/frontier/read_side.hpp"

namespace trawl::frontier {

struct memory_log_options {
  std::size_t max_bytes = 64u << 20;
  std::size_t max_entries = 10'000;
};

/// Any thread. Without subscribers, reading after N says that all up to N is done with; with them, the slowest one's `advance` does.
class memory_log final : public read_side, public appendable_log {
 public:
  explicit memory_log(memory_log_options options = {}) : options_(options) {}

  /// Waits while the unread entries are above the bounds. 0: the log is closed. A cancelled append goes on without waiting.
  boost::asio::awaitable<std::uint64_t> append(std::string record, bool output) override;
  void trim(std::uint64_t seq) override;
  void close() override;

  /// A consumer that keeps its own pace from now on; it sees what is still kept.
  int subscribe();
  void advance(int consumer, std::uint64_t seq);
  void unsubscribe(int consumer);

 private:
  std::optional<log_entry> find(std::uint64_t after) override;
  void drop_to(std::uint64_t seq);
  void drop_read();

  memory_log_options options_;
  std::deque<log_entry> entries_;
  std::size_t bytes_ = 0;
  std::map<int, std::uint64_t> consumers_;
  int consumer_ids_ = 0;
  wake_list writers_;
};

}  // namespace trawl::frontier
