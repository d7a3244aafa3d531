// Bodies under each content coding, as a server would send them.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace trawl::testing {

/// The codings that `compressed` knows; "raw" is deflate without its zlib wrapping (RFC 1951).
inline const std::vector<std::string> every_coding = {"gzip", "deflate", "raw", "br", "zstd"};

/// The text under a coding of that list. Throws std::invalid_argument for another word.
std::string compressed(std::string_view plain, std::string_view coding);

/// So many zero bytes under a coding, made in a stream: a bomb. `window_log`: of br and zstd, as their encoders take it; 0: their own choice.
std::string compressed_zeros(std::uint64_t size, std::string_view coding, int window_log = 0);

/// The content-coding's name in a head: that of the coding, "deflate" for raw.
std::string_view label_of(std::string_view coding);

}  // namespace trawl::testing
