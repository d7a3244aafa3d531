#include "crawler/frontier/inspect/past_log.hpp"

#include <spdlog/spdlog.h>

#include "crawler/frontier/log/bytes.hpp"

namespace trawl::frontier {

past_log::past_log(const std::filesystem::path& state) : view_(state) {
  last_ = view_.numbers().seq;
  closed_ = true;
}

std::uint64_t past_log::missing() const noexcept {
  const std::lock_guard lock(mutex_);
  return missing_;
}

std::optional<log_entry> past_log::find(std::uint64_t after) {
  for (std::uint64_t seq = after + 1; seq <= last_; ++seq) {
    const auto bytes = view_.tables().get(store::table::log, store::number_key(seq));
    const auto row = bytes ? store::decode_log(*bytes) : std::nullopt;
    auto payload = row ? view_.files().read(row->where) : std::nullopt;
    if (payload && !payload->empty()) return log_entry{seq, payload->substr(1), payload->front() != 0};
    if (seq <= missing_to_) continue;
    if (missing_++ == 0) spdlog::error("the state in {}: record {} can't be read; put a backup in its place", view_.path().string(), seq);
    missing_to_ = seq;
  }
  return std::nullopt;
}

}  // namespace trawl::frontier
