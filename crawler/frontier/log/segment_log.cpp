#include "crawler/frontier/log/segment_log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "crawler/frontier/log/frames.hpp"

namespace trawl::frontier {

namespace asio = boost::asio;

namespace {

constexpr std::string_view suffix = ".seg";

[[noreturn]] void raise(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

/// The segments of a directory by their first seq. Throws std::system_error.
std::map<std::uint64_t, std::filesystem::path> files_in(const std::filesystem::path& directory) {
  std::map<std::uint64_t, std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const std::string stem = entry.path().stem().string();
    if (entry.path().extension() == suffix && stem.size() == 20 && std::ranges::all_of(stem, [](char c) { return c >= '0' && c <= '9'; }))
      found.emplace(std::stoull(stem), entry.path());
  }
  return found;
}

std::string file_name(std::uint64_t first) {
  std::string digits = std::to_string(first);
  return std::string(20 - digits.size(), '0') + digits + std::string(suffix);
}

}  // namespace

segment_log::segment_log(std::filesystem::path directory, std::uint64_t segment_bytes)
    : directory_(std::move(directory)), segment_bytes_(std::min<std::uint64_t>(segment_bytes, 1u << 31)) {
  std::filesystem::create_directories(directory_);
  for (const auto& [first, path] : files_in(directory_)) {
    if (!segments_.empty() && first != last_ + 1) break;  // behind a gap nothing can be trusted to follow
    const std::uint64_t torn = load(path, first, O_RDWR);
    const segment& s = segments_.at(first);
    if (torn > 0 && ::ftruncate(s.fd, s.size) != 0) raise("a torn log segment can't be cut");
  }
}

segment_log::segment_log(std::filesystem::path directory, for_reading) : directory_(std::move(directory)), segment_bytes_(0) {
  closed_ = true;
  for (const auto& [first, path] : files_in(directory_)) {
    const std::uint64_t unreadable = load(path, first, O_RDONLY);
    if (unreadable > 0) damages_.push_back({path, segments_.at(first).size, unreadable});
  }
}

std::unique_ptr<segment_log> segment_log::open_to_read(std::filesystem::path directory) {
  return std::unique_ptr<segment_log>(new segment_log(std::move(directory), for_reading{}));
}

std::uint64_t segment_log::load(const std::filesystem::path& path, std::uint64_t first, int flags) {
  segment s;
  s.path = path;
  s.fd = ::open(path.c_str(), flags | O_CLOEXEC);
  if (s.fd < 0) raise("a log segment can't be opened");
  struct stat info {};
  if (::fstat(s.fd, &info) != 0) raise("a log segment can't be read");
  const auto end = static_cast<std::uint64_t>(info.st_size);
  while (const auto payload = frame_at(s.fd, s.size, end)) {
    s.offsets.push_back(s.size);
    s.size += static_cast<std::uint32_t>(frame_head + payload->size());
  }
  if (!s.offsets.empty() || flags != O_RDONLY) last_ = first + s.offsets.size() - 1;  // a reader's last entry is one that it can have
  const std::uint64_t rest = end - s.size;
  segments_.emplace(first, std::move(s));
  return rest;
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
  s.fd = ::open(s.path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (s.fd < 0) raise("a log segment can't be made");
  return segments_.insert_or_assign(last_ + 1, std::move(s)).first->second;
}

asio::awaitable<std::uint64_t> segment_log::append(std::string record, bool output) {
  const std::lock_guard lock(mutex_);
  if (closed_) co_return 0;
  segment& s = writable();
  put_seq(record, last_ + 1);
  const std::string frame = framed(std::string(1, output ? '\1' : '\0') + record);
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

std::optional<log_entry> segment_log::find(std::uint64_t after) {
  if (after >= last_ || segments_.empty()) return std::nullopt;
  std::uint64_t seq = std::max(after + 1, segments_.begin()->first);
  auto at = std::prev(segments_.upper_bound(seq));
  while (seq - at->first >= at->second.offsets.size()) {  // lost: the next file goes on
    if (++at == segments_.end()) return std::nullopt;
    seq = at->first;
  }
  const auto payload = frame_at(at->second.fd, at->second.offsets[seq - at->first], at->second.size);
  if (!payload) return std::nullopt;
  return log_entry{seq, payload->substr(1), payload->front() != 0};
}

std::uint64_t segment_log::readable() const noexcept {
  const std::lock_guard lock(mutex_);
  std::uint64_t count = 0;
  for (const auto& [first, s] : segments_) count += s.offsets.size();
  return count;
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
