// The records of a state that nobody writes now.
#pragma once
#include <cstdint>
#include <filesystem>

#include "crawler/frontier/inspect/state_view.hpp"
#include "crawler/frontier/read_side.hpp"

namespace trawl::frontier {

/// A closed log. A record whose file is damaged is passed over, and counted.
class past_log final : public read_side {
 public:
  /// Throws storage_error as state_view does.
  explicit past_log(const std::filesystem::path& state);
  /// Records that readers so far could not be given. Any thread.
  std::uint64_t missing() const noexcept;
  void trim(std::uint64_t) override {}
  void close() override {}

 private:
  std::optional<log_entry> find(std::uint64_t after) override;

  const state_view view_;
  std::uint64_t missing_to_ = 0, missing_ = 0;  ///< counted up to that record
};

}  // namespace trawl::frontier
