#include "crawler/frontier/store/state_log.hpp"

namespace trawl::frontier::store {

void state_log::publish(std::uint64_t seq) {
  const std::lock_guard lock(mutex_);
  if (seq == last_) return;
  last_ = seq;
  readers_.wake_all();
}

bool state_log::has_waiting_readers() const {
  const std::lock_guard lock(mutex_);
  return !readers_.is_empty();
}

void state_log::close() {
  if (closed()) return;
  if (on_close) on_close();
  const std::lock_guard lock(mutex_);
  closed_ = true;
  readers_.wake_all();
}

void state_log::without_readers(const std::function<void()>& what) {
  const std::lock_guard lock(mutex_);
  what();
}

void state_log::someone_waits() {
  if (on_wait) on_wait();
}

std::optional<log_entry> state_log::find(std::uint64_t after) {
  if (after >= last_) return std::nullopt;
  const auto bytes = from_.get(table::log, number_key(after + 1));
  const auto row = bytes ? decode_log(*bytes) : std::nullopt;
  auto payload = row ? files_.read(row->where) : std::nullopt;
  if (!payload || payload->empty())
    throw storage_error(storage_error::kind::damaged, "record " + std::to_string(after + 1) + " of the state can't be read: its file is damaged; put a backup in its place, or remove the state to start anew");
  return log_entry{after + 1, payload->substr(1), payload->front() != 0};
}

}  // namespace trawl::frontier::store
