// The result log of a job with state, as its readers see it.
#pragma once
#include <functional>

#include "crawler/frontier/read_side.hpp"
#include "crawler/frontier/store/database.hpp"
#include "crawler/frontier/store/result_files.hpp"

namespace trawl::frontier::store {

/// Any thread. What it shows survives a power cut; what is committed and not synced yet it does not show.
class state_log final : public read_side {
 public:
  /// `on_wait` is called when a reader has read all there is; `on_close` by `close`, which returns when it does. Both outlive it.
  state_log(const database& from, const result_files& files) : from_(from), files_(files) {}
  std::function<void()> on_wait, on_close;

  /// Records up to `seq` may be seen.
  void publish(std::uint64_t seq);
  bool has_waiting_readers() const;
  /// Nothing is given up: another output may want it from the start.
  void trim(std::uint64_t) override {}
  void close() override;
  /// Nobody reads while `what` is done.
  void without_readers(const std::function<void()>& what);

 private:
  std::optional<log_entry> find(std::uint64_t after) override;
  void someone_waits() override;

  const database& from_;
  const result_files& files_;
};

}  // namespace trawl::frontier::store
