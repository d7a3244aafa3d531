// Frames in a file: length and checksum (u32 each), then that many bytes. A frame that is not whole ends the file.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trawl::frontier {

inline constexpr std::size_t frame_head = 8;  ///< bytes before the payload

/// The payload as a frame.
std::string framed(std::string_view payload);
/// The payload of the frame at `offset` of a file that ends at `end`; nullopt where none is whole there. Any thread.
std::optional<std::string> frame_at(int fd, std::uint64_t offset, std::uint64_t end);
/// All of it; false with errno set where the disk refuses.
bool write_at(int fd, std::string_view bytes, std::uint64_t offset) noexcept;

}  // namespace trawl::frontier
