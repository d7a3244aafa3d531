// Outputs that are compressed as they are written: pieces that each decompress alone, so that a file is whole after any of them. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace trawl::server {

enum class compression : std::uint8_t {
  none,
  gzip,  ///< .gz: members (RFC 1952, 2.2)
  zstd,  ///< .zst: frames with a checksum (RFC 8878, 3.1.1)
};

/// By a file name's last suffix.
compression compression_of(std::string_view path) noexcept;
/// A name without the suffix that says how it is compressed.
std::string_view without_compression(std::string_view path) noexcept;

/// `text` as one member or frame; as it is with `none`. Throws std::bad_alloc alone.
std::string compressed(compression how, std::string_view text);

}  // namespace trawl::server
