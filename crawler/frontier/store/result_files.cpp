#include "crawler/frontier/store/result_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "crawler/frontier/log/frames.hpp"
#include "crawler/frontier/kill_point.hpp"

namespace trawl::frontier::store {
namespace {

constexpr std::string_view suffix = ".rec";
constexpr std::size_t most_open = 16;
constexpr std::size_t copy_piece = std::size_t{1} << 20;

[[noreturn]] void raise(const std::filesystem::path& path, const char* what) {
  const int why = errno;
  const bool is_full = why == ENOSPC || why == EDQUOT || why == EFBIG;
  throw storage_error(is_full ? storage_error::kind::no_space : storage_error::kind::failed, path.string() + " can't be " + what + ": " + std::strerror(why));
}

std::vector<std::uint64_t> numbers_in(const std::filesystem::path& directory) {
  std::vector<std::uint64_t> out;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const std::string stem = entry.path().stem().string();
    if (entry.path().extension() == suffix && stem.size() == 12 && std::ranges::all_of(stem, [](char c) { return c >= '0' && c <= '9'; })) out.push_back(std::stoull(stem));
  }
  std::ranges::sort(out);
  return out;
}

void sync_directory(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool is_synced = fd >= 0 && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (!is_synced) raise(path, "synced");
}

}  // namespace

struct result_files::file {
  std::filesystem::path path;
  int fd = -1;
  std::uint64_t number = 0;
  ~file() {
    if (fd >= 0) ::close(fd);
  }
};

result_files::result_files(std::filesystem::path directory, std::uint64_t file_bytes) : directory_(std::move(directory)), file_bytes_(file_bytes) {
  std::error_code ec;
  std::filesystem::create_directories(directory_, ec);
  if (ec) throw storage_error(storage_error::kind::failed, directory_.string() + " can't be made: " + ec.message());
}

result_files::~result_files() = default;

std::filesystem::path result_files::path_of(std::uint64_t number) const {
  const std::string digits = std::to_string(number);
  return directory_ / (std::string(12 - std::min<std::size_t>(digits.size(), 12), '0') + digits + std::string(suffix));
}

result_files::file_ptr result_files::make(std::uint64_t number) {
  kill_point("segment.rotate");
  auto out = std::make_shared<file>();
  out->number = number;
  out->path = path_of(number);
  out->fd = ::open(out->path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (out->fd < 0) raise(out->path, "made");
  made_file_ = true;
  const std::lock_guard lock(mutex_);
  open_[number] = out;
  return out;
}

result_files::file_ptr result_files::opened(std::uint64_t number) const {
  const std::lock_guard lock(mutex_);
  if (const auto at = open_.find(number); at != open_.end()) return at->second;
  auto out = std::make_shared<file>();
  out->number = number;
  out->path = path_of(number);
  out->fd = ::open(out->path.c_str(), O_RDWR | O_CLOEXEC);
  if (out->fd < 0 && (errno == EACCES || errno == EROFS)) out->fd = ::open(out->path.c_str(), O_RDONLY | O_CLOEXEC);  // who only looks may not write
  if (out->fd < 0) return nullptr;
  if (open_.size() >= most_open) open_.erase(open_.begin());
  open_[number] = out;
  return out;
}

spot result_files::append(std::string_view payload) {
  if (current_ == 0 || end_ >= file_bytes_) ++current_, end_ = 0;
  if (pending_.empty() || pending_.back().offset + pending_.back().bytes.size() != end_ || end_ == 0) pending_.push_back({nullptr, end_, {}});
  const std::string frame = framed(payload);
  const spot out{current_, end_, frame.size()};
  pending_.back().bytes += frame;
  pending_.back().to = nullptr;
  end_ += frame.size();
  return out;
}

void result_files::flush() {
  std::uint64_t number = current_;
  for (std::size_t i = pending_.size(); i-- > 0;) {  // each piece at offset 0 begins a file
    piece& p = pending_[i];
    if (!p.to) p.to = opened(number);
    if (!p.to) p.to = make(number);
    if (p.offset == 0) --number;
  }
  for (const piece& p : pending_) {
    if (!write_at(p.to->fd, p.bytes, p.offset)) raise(p.to->path, "written");
    if (unsynced_.empty() || unsynced_.back() != p.to) unsynced_.push_back(p.to);
  }
  pending_.clear();
}

result_files::unsynced result_files::take_unsynced() {
  unsynced out;
  out.files_ = std::exchange(unsynced_, {});
  if (std::exchange(made_file_, false)) out.new_in_ = directory_;
  return out;
}

void result_files::unsynced::sync() const {
  for (const file_ptr& f : files_)
    if (::fdatasync(f->fd) != 0) raise(f->path, "synced");
  if (!new_in_.empty()) sync_directory(new_in_);
}

/// Nobody writes on into a file that has no name any more.
void result_files::remove(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  open_.erase(number);
  std::filesystem::remove(path_of(number));
  made_file_ = true;
}

void result_files::cut(const std::optional<spot>& last) {
  current_ = last ? last->file : 0;
  end_ = last ? last->offset + last->size : 0;
  for (const std::uint64_t number : numbers_in(directory_)) {
    if (number > current_) remove(number);
    if (number != current_) continue;
    // Synced: else a power cut could bring back what stood there, where other records are by then.
    const file_ptr cut_file = opened(number);
    if (!cut_file || ::ftruncate(cut_file->fd, static_cast<off_t>(end_)) != 0 || ::fsync(cut_file->fd) != 0) raise(path_of(number), "cut");
  }
  take_unsynced().sync();
}

std::optional<std::string> result_files::read(const spot& where) const {
  const file_ptr from = opened(where.file);
  auto payload = from ? frame_at(from->fd, where.offset, where.offset + where.size) : std::nullopt;
  if (payload && payload->size() + frame_head != where.size) payload.reset();  // another record's
  return payload;
}

void result_files::copy_to(const std::filesystem::path& directory, const std::optional<spot>& last) const {
  result_files to(directory, file_bytes_);
  std::string piece(copy_piece, '\0');
  for (std::uint64_t number = 1; last && number <= last->file; ++number) {
    const file_ptr in = opened(number);
    if (!in) raise(path_of(number), "read");
    const file_ptr out = to.make(number);
    std::uint64_t left = number == last->file ? last->offset + last->size : std::filesystem::file_size(in->path);
    for (std::uint64_t at = 0; left > 0;) {
      const ssize_t n = ::pread(in->fd, piece.data(), std::min<std::uint64_t>(left, piece.size()), static_cast<off_t>(at));
      if (n <= 0) raise(in->path, "read");
      if (!write_at(out->fd, std::string_view(piece).substr(0, static_cast<std::size_t>(n)), at)) raise(out->path, "written");
      at += static_cast<std::uint64_t>(n);
      left -= static_cast<std::uint64_t>(n);
    }
    if (::fdatasync(out->fd) != 0) raise(out->path, "synced");
  }
  sync_directory(directory);
}

std::uint64_t result_files::bytes() const {
  std::uint64_t out = 0;
  std::error_code ignored;
  for (const std::uint64_t number : numbers_in(directory_)) out += std::filesystem::file_size(path_of(number), ignored);
  return out;
}

}  // namespace trawl::frontier::store
