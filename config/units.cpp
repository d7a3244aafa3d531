#include "config/units.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace trawl::config {
namespace {

using namespace std::chrono_literals;
constexpr std::array<std::pair<std::string_view, duration>, 5> time_units = {{{"d", 24h}, {"h", 1h}, {"m", 1min}, {"s", 1s}, {"ms", 1ms}}};
constexpr std::array<std::pair<std::string_view, std::uint64_t>, 4> size_units = {{{"GiB", 1ULL << 30}, {"MiB", 1ULL << 20}, {"KiB", 1ULL << 10}, {"B", 1}}};
constexpr double longest = 9.0e18;

std::size_t word_length(std::string_view s) noexcept {
  std::size_t n = 0;
  while (n < s.size() && ((s[n] >= 'a' && s[n] <= 'z') || (s[n] >= 'A' && s[n] <= 'Z'))) ++n;
  return n;
}

}  // namespace

std::optional<duration> parse_duration(std::string_view s) noexcept {
  if (s == "0") return duration::zero();
  if (s.empty()) return std::nullopt;
  double total = 0;
  while (!s.empty()) {
    double value = 0;
    const auto [end, ec] = std::from_chars(s.data(), s.data() + s.size(), value, std::chars_format::fixed);
    if (ec != std::errc() || value < 0) return std::nullopt;
    s.remove_prefix(static_cast<std::size_t>(end - s.data()));
    const std::string_view unit = s.substr(0, word_length(s));
    bool known = false;
    for (const auto& [name, length] : time_units)
      if (name == unit) {
        total += value * static_cast<double>(length.count());
        known = true;
      }
    if (!known || total > longest) return std::nullopt;
    s.remove_prefix(unit.size());
  }
  return duration(static_cast<std::int64_t>(total + 0.5));
}

std::optional<byte_size> parse_size(std::string_view s) noexcept {
  double value = 0;
  const auto [end, ec] = std::from_chars(s.data(), s.data() + s.size(), value, std::chars_format::fixed);
  if (ec != std::errc() || value < 0) return std::nullopt;
  const std::string_view unit = s.substr(static_cast<std::size_t>(end - s.data()));
  for (const auto& [name, factor] : size_units)
    if (unit == name || (unit.empty() && name == "B")) {
      const double bytes = value * static_cast<double>(factor);
      return bytes > longest ? std::nullopt : std::optional(byte_size{static_cast<std::uint64_t>(bytes + 0.5)});
    }
  return std::nullopt;
}

std::string to_string(duration d) {
  if (d <= duration::zero()) return "0s";
  std::string out;
  for (const auto& [name, length] : time_units)
    if (d >= length) {
      out += std::to_string(d / length) + std::string(name);
      d %= length;
    }
  if (d == duration::zero()) return out;
  std::string fraction = std::to_string(d.count() + 1'000'000);  // below a millisecond: "0." and six digits without the zeros behind
  while (fraction.ends_with('0')) fraction.pop_back();
  return out + "0." + fraction.substr(1) + "ms";
}

std::string to_string(byte_size s) {
  for (const auto& [name, factor] : size_units)
    if (s.bytes >= factor && s.bytes % factor == 0) return std::to_string(s.bytes / factor) + std::string(name == "B" ? "" : name);
  return "0";
}

}  // namespace trawl::config
