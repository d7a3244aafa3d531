#include "crawler/fetch/cache/books.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

namespace trawl::fetch {

namespace files = std::filesystem;

namespace {

constexpr std::uint64_t numbers_mark = 0x31736B6F6F62'0001;  // "books1"
constexpr std::uint64_t block = 4096;
constexpr std::uint64_t counted_for = 3600;  // seconds
constexpr std::size_t name_length = 62;      // of an entry: 64 digits less the folder's two
constexpr std::chrono::seconds longest_wait{5};
constexpr std::uint64_t thinned_share = 10;  // of a folder that loses its oldest: one in so many bytes

struct found_file {
  files::path path;
  std::uint64_t size = 0;
  timespec used{};
};

std::uint64_t seconds_now() noexcept {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count());
}

bool is_entry_name(std::string_view name) noexcept {
  return name.size() == name_length && std::ranges::all_of(name, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// The entries of a folder; whatever else somebody put there is left alone.
std::vector<found_file> entries_in(const files::path& folder) {
  std::vector<found_file> out;
  std::error_code ec;
  for (files::directory_iterator at(folder, ec), end; !ec && at != end; at.increment(ec)) {
    struct stat info{};
    if (!is_entry_name(at->path().filename().native()) || ::lstat(at->path().c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    out.push_back({at->path(), on_disk(static_cast<std::uint64_t>(info.st_size)), info.st_mtim});
  }
  return out;
}

/// What is being written, less what nobody writes any more: that is removed.
std::uint64_t size_of_new(const files::path& folder) {
  std::uint64_t size = 0;
  std::error_code ec;
  for (files::directory_iterator at(folder, ec), end; !ec && at != end; at.increment(ec)) {
    const descriptor file(::open(at->path().c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat info{};
    if (!file || ::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) {
      ::unlink(at->path().c_str());
    } else {
      size += on_disk(static_cast<std::uint64_t>(info.st_size));
    }
  }
  return size;
}

/// Changes take microseconds, a count of millions of files takes seconds; a process that was stopped in the middle takes for ever.
bool lock_within(int file, std::chrono::milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    if ((errno != EWOULDBLOCK && errno != EINTR) || std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  return true;
}

}  // namespace

descriptor::~descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

std::uint64_t on_disk(std::uint64_t size) noexcept { return (size + block - 1) / block * block; }

std::string folder_name(unsigned folder) {
  constexpr std::string_view digits = "0123456789abcdef";
  return {digits[(folder >> 4U) & 15U], digits[folder & 15U]};
}

locked_books::locked_books(const files::path& root) : root_(root), file_(::open((root / "books").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) {
  if (file_ && !lock_within(file_.get(), longest_wait)) file_ = descriptor(-1);
  if (!file_) return;
  const bool is_whole = ::pread(file_.get(), &now_, sizeof now_, 0) == static_cast<ssize_t>(sizeof now_) && now_.mark == numbers_mark;
  const std::uint64_t now = seconds_now();
  if (!is_whole || now < now_.counted_at || now - now_.counted_at > counted_for) recount();
}

locked_books::~locked_books() {
  if (file_) write();  // the lock goes with the descriptor
}

void locked_books::write() noexcept {
  const auto done = ::pwrite(file_.get(), &now_, sizeof now_, 0);
  static_cast<void>(done);  // a disk that is full keeps the old numbers, and the next count puts them right
}

void locked_books::recount() {
  now_ = {numbers_mark, size_of_new(root_ / "new"), now_.next_folder % folder_count, seconds_now()};
  for (unsigned folder = 0; folder < folder_count; ++folder)
    for (const found_file& file : entries_in(root_ / folder_name(folder))) now_.bytes += file.size;
}

void locked_books::give_back(std::uint64_t size) noexcept { now_.bytes -= std::min(size, now_.bytes); }

void locked_books::remove(const files::path& file) noexcept {
  struct stat info{};
  if (::lstat(file.c_str(), &info) != 0 || ::unlink(file.c_str()) != 0) return;
  give_back(on_disk(static_cast<std::uint64_t>(info.st_size)));
}

/// One folder after the other loses what was used longest ago, a tenth of it at a time: a fair sample, so the oldest of a folder are about the
/// oldest of all, and one store of many costs a look at one folder of 256.
bool locked_books::reserve(std::uint64_t size, std::uint64_t limit) {
  for (unsigned empty = 0; now_.bytes + size > limit;) {
    const std::uint64_t freed = thin_out(static_cast<unsigned>(now_.next_folder));
    empty = freed == 0 ? empty + 1 : 0;
    if (empty >= 2 * folder_count) return false;  // counted, and all that is left is being written
    now_.next_folder = (now_.next_folder + 1) % folder_count;
    if (now_.next_folder == 0) recount();  // costs what the round has cost, and finds what was deleted by hand
  }
  now_.bytes += size;
  write();  // before the file is made: see the class
  return true;
}

/// How much went.
std::uint64_t locked_books::thin_out(unsigned folder) {
  std::vector<found_file> all = entries_in(root_ / folder_name(folder));
  std::uint64_t total = 0, freed = 0;
  for (const found_file& file : all) total += file.size;
  std::ranges::sort(all, [](const found_file& a, const found_file& b) {
    return a.used.tv_sec != b.used.tv_sec ? a.used.tv_sec < b.used.tv_sec : a.used.tv_nsec < b.used.tv_nsec;
  });
  for (const found_file& file : all) {
    if (freed > 0 && freed * thinned_share >= total) break;
    if (::unlink(file.path.c_str()) != 0) continue;
    freed += file.size;
    give_back(file.size);
  }
  return freed;
}

}  // namespace trawl::fetch
