#include "crawler/frontier/segment_log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace trawl::frontier {

namespace asio = boost::asio;

namespace {

constexpr std::string_view suffix = ".seg";
constexpr std::size_t head_bytes = 8;

[[noreturn]] void raise(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

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

/// Flags and text of the frame at `offset`; nullopt where it isn't whole.
std::optional<std::string> frame_at(int fd, std::uint64_t offset, std::uint64_t end) {
  std::uint32_t head[2];
  if (offset + head_bytes > end || !read_at(fd, reinterpret_cast<char*>(head), sizeof head, offset)) return std::nullopt;
  if (head[0] == 0 || offset + head_bytes + head[0] > end) return std::nullopt;
  std::string payload(head[0], '\0');
  if (!read_at(fd, payload.data(), payload.size(), offset + head_bytes) || checksum(payload) != head[1]) return std::nullopt;
  return payload;
}

std::string file_name(std::uint64_t first) {
  std::string digits = std::to_string(first);
  return std::string(20 - digits.size(), '0') + digits + std::string(suffix);
}

}  // namespace

segment_log::segment_log(std::filesystem::path directory, std::uint64_t segment_bytes)
    : directory_(std::move(directory)), segment_bytes_(std::min<std::uint64_t>(segment_bytes, 1u << 31)) {
  std::filesystem::create_directories(directory_);
  std::map<std::uint64_t, std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    const std::string stem = entry.path().stem().string();
    if (entry.path().extension() == suffix && stem.size() == 20 && std::ranges::all_of(stem, [](char c) { return c >= '0' && c <= '9'; }))
      found.emplace(std::stoull(stem), entry.path());
  }
  for (const auto& [first, path] : found) {
    if (!segments_.empty() && first != last_ + 1) break;  // behind a gap nothing can be trusted to follow
    load(path, first);
  }
}

void segment_log::load(const std::filesystem::path& path, std::uint64_t first) {
  segment s;
  s.path = path;
  s.fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (s.fd < 0) raise("a log segment can't be opened");
  struct stat info {};
  if (::fstat(s.fd, &info) != 0) raise("a log segment can't be read");
  const auto end = static_cast<std::uint64_t>(info.st_size);
  while (const auto payload = frame_at(s.fd, s.size, end)) {
    s.offsets.push_back(s.size);
    s.size += static_cast<std::uint32_t>(head_bytes + payload->size());
  }
  if (s.size < end && ::ftruncate(s.fd, s.size) != 0) raise("a torn log segment can't be cut");
  last_ = first + s.offsets.size() - 1;
  segments_.emplace(first, std::move(s));
}

segment_log::~segment_log() {
  close();
  for (auto& [first, s] : segments_) ::close(s.fd);
}

segment_log::segment& segment_log::writable() {
  if (!segments_.empty()) {
    segment& s = segments_.rbegin()->second;
    if (s.size < segment_bytes_) return s;
    ::fdatasync(s.fd);
  }
  segment s;
  s.path = directory_ / file_name(last_ + 1);
  s.fd = ::open(s.path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (s.fd < 0) raise("a log segment can't be made");
  return segments_.insert_or_assign(last_ + 1, std::move(s)).first->second;
}

asio::awaitable<std::uint64_t> segment_log::append(std::string record, bool output) {
  const std::lock_guard lock(mutex_);
  if (closed_) co_return 0;
  segment& s = writable();
  put_seq(record, last_ + 1);
  std::string frame(head_bytes, '\0');
  frame += static_cast<char>(output ? 1 : 0);
  frame += record;
  const std::uint32_t head[2] = {static_cast<std::uint32_t>(frame.size() - head_bytes), checksum(std::string_view(frame).substr(head_bytes))};
  std::memcpy(frame.data(), head, sizeof head);
  if (!write_at(s.fd, frame, s.size)) {
    const int why = errno;
    if (::ftruncate(s.fd, s.size) != 0) closed_ = true;  // what follows could not be told from the torn frame
    throw std::system_error(why, std::generic_category(), "the result log can't be written");
  }
  s.offsets.push_back(s.size);
  s.size += static_cast<std::uint32_t>(frame.size());
  ++last_;
  readers_.wake_all();
  co_return last_;
}

asio::awaitable<std::optional<log_entry>> segment_log::read(std::uint64_t after) {
  co_await asio::this_coro::throw_if_cancelled(false);
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  for (;;) {
    waiter news;
    if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none) co_return std::nullopt;
    {
      const std::lock_guard lock(mutex_);
      if (auto found = find(after)) co_return found;
      if (closed_) co_return std::nullopt;
      news = readers_.add(executor);
    }
    co_await news->async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

std::optional<log_entry> segment_log::poll(std::uint64_t after) {
  const std::lock_guard lock(mutex_);
  return find(after);
}

std::optional<log_entry> segment_log::find(std::uint64_t after) {
  if (after >= last_ || segments_.empty()) return std::nullopt;
  const std::uint64_t seq = std::max(after + 1, segments_.begin()->first);
  const auto& [first, s] = *std::prev(segments_.upper_bound(seq));
  if (seq - first >= s.offsets.size()) return std::nullopt;
  const auto payload = frame_at(s.fd, s.offsets[seq - first], s.size);
  if (!payload) return std::nullopt;
  return log_entry{seq, payload->substr(1), payload->front() != 0};
}

std::uint64_t segment_log::synced_seq() const noexcept {
  const std::lock_guard lock(mutex_);
  return last_;
}

bool segment_log::closed() const noexcept {
  const std::lock_guard lock(mutex_);
  return closed_;
}

void segment_log::trim(std::uint64_t seq) {
  const std::lock_guard lock(mutex_);
  while (segments_.size() > 1 && std::next(segments_.begin())->first <= seq + 1) {
    segment& s = segments_.begin()->second;
    ::close(s.fd);
    std::error_code ignored;  // a file that stays is trimmed when the log is opened and trimmed again
    std::filesystem::remove(s.path, ignored);
    segments_.erase(segments_.begin());
  }
}

void segment_log::close() {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(closed_, true) && !segments_.empty()) ::fdatasync(segments_.rbegin()->second.fd);
  readers_.wake_all();
}

}  // namespace trawl::frontier
