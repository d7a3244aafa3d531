#include "crawler/frontier/log/frames.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace trawl::frontier {
namespace {

std::uint32_t checksum(std::string_view bytes) noexcept {  // FNV-1a
  std::uint32_t h = 2166136261u;
  for (const char c : bytes) h = (h ^ static_cast<unsigned char>(c)) * 16777619u;
  return h;
}

/// Reads exactly `size` bytes; false at an error or the end of the file.
bool read_at(int fd, char* to, std::size_t size, std::uint64_t offset) noexcept {
  while (size > 0) {
    const ssize_t n = ::pread(fd, to, size, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    to += n;
    size -= static_cast<std::size_t>(n);
    offset += static_cast<std::uint64_t>(n);
  }
  return true;
}

}  // namespace

std::string framed(std::string_view payload) {
  std::string frame(frame_head, '\0');
  frame += payload;
  const std::uint32_t head[2] = {static_cast<std::uint32_t>(payload.size()), checksum(payload)};
  std::memcpy(frame.data(), head, sizeof head);
  return frame;
}

bool write_at(int fd, std::string_view bytes, std::uint64_t offset) noexcept {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return true;
}

std::optional<std::string> frame_at(int fd, std::uint64_t offset, std::uint64_t end) {
  std::uint32_t head[2];
  if (offset + frame_head > end || !read_at(fd, reinterpret_cast<char*>(head), sizeof head, offset)) return std::nullopt;
  if (head[0] == 0 || offset + frame_head + head[0] > end) return std::nullopt;
  std::string payload(head[0], '\0');
  if (!read_at(fd, payload.data(), payload.size(), offset + frame_head) || checksum(payload) != head[1]) return std::nullopt;
  return payload;
}

}  // namespace trawl::frontier
