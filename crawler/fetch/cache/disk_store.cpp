#include "crawler/fetch/cache/disk_store.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <ctime>
#include <stdexcept>
#include <string_view>

#include "crawler/fetch/cache/books.hpp"

namespace trawl::fetch {

namespace files = std::filesystem;

namespace {

constexpr std::uint64_t largest_share = 4;          // an entry may take one in so many bytes of the whole
constexpr std::time_t used_again_after = 60;        // a use is noted this many seconds after the last, so that reading seldom writes

/// The file's bytes; nullopt where it can't be read, or is none of ours by its kind or size alone.
std::optional<std::string> read_whole(const descriptor& file, const struct stat& info, std::uint64_t largest) {
  if (!S_ISREG(info.st_mode) || static_cast<std::uint64_t>(info.st_size) > largest) return std::nullopt;
  std::string out(static_cast<std::size_t>(info.st_size), '\0');
  for (std::size_t done = 0; done < out.size();) {
    const ssize_t n = ::read(file.get(), out.data() + done, out.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return std::nullopt;
    done += static_cast<std::size_t>(n);
  }
  return out;
}

bool write_whole(const descriptor& file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(file.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

/// A name that no other thread or process uses now: O_EXCL settles what is left of chance.
std::string fresh_name() {
  static std::atomic<std::uint64_t> count{0};
  return std::to_string(::getpid()) + '-' + std::to_string(std::time(nullptr)) + '-' + std::to_string(count.fetch_add(1));
}

void note_use(const descriptor& file, const struct stat& info) {
  const std::time_t now = std::time(nullptr);
  if (now >= info.st_mtim.tv_sec && now - info.st_mtim.tv_sec < used_again_after) return;
  const int done = ::futimens(file.get(), nullptr);
  static_cast<void>(done);  // a store that may only be read works too
}

/// A file on its way into the store: gone unless it is moved to its place.
class new_file {
 public:
  explicit new_file(files::path path) : path_(std::move(path)), file_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)) {}
  new_file(const new_file&) = delete;
  new_file& operator=(const new_file&) = delete;
  ~new_file() {
    if (file_ && !is_moved_) ::unlink(path_.c_str());
  }
  /// Locked, and of this size from the start: whoever counts sees that somebody writes it, and what it will take.
  bool claim(std::size_t size) const { return file_ && ::flock(file_.get(), LOCK_EX | LOCK_NB) == 0 && ::ftruncate(file_.get(), static_cast<off_t>(size)) == 0; }
  bool write(std::string_view bytes) const { return write_whole(file_, bytes); }
  bool move_to(const files::path& place) {
    is_moved_ = ::rename(path_.c_str(), place.c_str()) == 0;
    return is_moved_;
  }

 private:
  files::path path_;
  descriptor file_;
  bool is_moved_ = false;
};

}  // namespace

disk_store::disk_store(const files::path& dir, std::uint64_t max_size) : root_(dir / "v1"), max_size_(max_size) {
  std::error_code ec;
  files::create_directories(root_, ec);
  if (!ec) files::create_directory(root_ / "new", ec);
  if (ec) throw std::runtime_error("fetch.cache.dir " + dir.string() + ": " + ec.message());
  ::chmod(root_.c_str(), 0700);  // fails where it is another's, who has seen to it
}

files::path disk_store::place_of(const std::string& key) const {
  const std::string name = hex_digest(key);
  return root_ / name.substr(0, 2) / name.substr(2);
}

std::optional<cache_entry> disk_store::find(const std::string& key) {
  const files::path place = place_of(key);
  {
    const descriptor file(::open(place.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file && errno != ELOOP) return std::nullopt;
    struct stat info{};
    if (file && ::fstat(file.get(), &info) == 0)
      if (const auto bytes = read_whole(file, info, max_size_ / largest_share))
        if (auto entry = from_bytes(*bytes); entry && entry->key == key) {
          note_use(file, info);
          return entry;
        }
  }
  erase(key);
  return std::nullopt;
}

std::uint64_t disk_store::size_of(const std::string& key) const {
  std::error_code ec;
  const std::uintmax_t size = files::file_size(place_of(key), ec);
  return ec ? 0 : size;
}

bool disk_store::put(const cache_entry& entry) {
  const std::string bytes = to_bytes(entry);
  const std::uint64_t size = on_disk(bytes.size());
  if (size > max_size_ / largest_share) return false;
  const files::path place = place_of(entry.key);
  std::optional<new_file> file;
  {
    locked_books books(root_);
    if (!books || !books.reserve(size, max_size_)) return false;
    file.emplace(root_ / "new" / fresh_name());
    if (!file->claim(bytes.size())) {
      file.reset();
      books.give_back(size);
      return false;
    }
  }
  std::error_code ec;
  files::create_directory(place.parent_path(), ec);
  const bool is_written = file->write(bytes);
  locked_books books(root_);
  if (!books) return false;  // counted until the next count
  struct stat before{};
  const bool replaces = ::lstat(place.c_str(), &before) == 0;
  if (!is_written || !file->move_to(place)) {
    file.reset();
    books.give_back(size);
    return false;
  }
  if (replaces) books.give_back(on_disk(static_cast<std::uint64_t>(before.st_size)));
  return true;
}

void disk_store::erase(const std::string& key) {
  const files::path place = place_of(key);
  if (locked_books books(root_); books) books.remove(place);
}

}  // namespace trawl::fetch
