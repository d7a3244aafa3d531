// How far an output has come, as the state of its crawl remembers it.
#pragma once
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trawl::server {

struct output_cursor {
  std::uint64_t seq = 0;     ///< of the last record that is in it, or was kept out of it
  std::uint64_t length = 0;  ///< of the file, in bytes, with that record's line end; 0 where it is no file

  std::string text() const { return std::to_string(seq) + ' ' + std::to_string(length); }
  static std::optional<output_cursor> parse(std::string_view text) {
    output_cursor out;
    const char* const end = text.data() + text.size();
    const auto first = std::from_chars(text.data(), end, out.seq);
    if (first.ec != std::errc() || first.ptr == end || *first.ptr != ' ') return std::nullopt;
    const auto second = std::from_chars(first.ptr + 1, end, out.length);
    return second.ec == std::errc() && second.ptr == end ? std::optional(out) : std::nullopt;
  }
};

}  // namespace trawl::server
