// Durations and sizes as a job file writes them: 250ms 30s 5m 2h 30d; 64KiB 16MiB 1GiB.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trawl::config {

using duration = std::chrono::nanoseconds;

/// A number of bytes; a type of its own so that no count is taken for one.
struct byte_size {
  std::uint64_t bytes = 0;
  friend auto operator<=>(const byte_size&, const byte_size&) = default;
};

/// Sums are allowed ("1h30m"); a bare 0 is zero. nullopt when malformed, negative or above about 290 years.
std::optional<duration> parse_duration(std::string_view text) noexcept;
std::optional<byte_size> parse_size(std::string_view text) noexcept;
/// The shortest text that parses back to the same value.
std::string to_string(duration d);
std::string to_string(byte_size s);

}  // namespace trawl::config
