// What the fuzz targets share: the input as text, cut into parts, and a check that stays on in every build.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace trawl::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) { return {reinterpret_cast<const char*>(data), size}; }

/// The input's first line and what comes behind it; all of it and nothing where there is no line end.
inline std::pair<std::string_view, std::string_view> first_line(std::string_view input) {
  const std::size_t end = input.find('\n');
  return end == std::string_view::npos ? std::pair{input, std::string_view()} : std::pair{input.substr(0, end), input.substr(end + 1)};
}

/// A property that must hold whatever the input.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

/// Whether `text` is UTF-8 without surrogates, overlong forms and what lies above U+10FFFF (Unicode 15, table 3-7).
bool is_utf8(std::string_view text);

}  // namespace trawl::fuzz
