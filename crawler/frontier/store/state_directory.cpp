#include "crawler/frontier/store/state_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

namespace trawl::frontier::store {
namespace {

using kind = storage_error::kind;
namespace fs = std::filesystem;

constexpr std::string_view version_file = "version", job_file = "job.json", lock_file = "lock", cookie_file = "cookies.txt", marks_file = "reading";

[[noreturn]] void raise(const fs::path& path, const char* what) {
  const int why = errno;
  throw storage_error(why == ENOSPC || why == EDQUOT || why == EFBIG ? kind::no_space : kind::failed, path.string() + " can't be " + what + ": " + std::strerror(why));
}

std::optional<std::string> read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

[[noreturn]] void raise_damaged(const fs::path& file) {
  throw storage_error(kind::damaged, "the state in " + file.parent_path().string() + " is damaged: " + file.filename().string() + " is gone, or holds nothing of trawl's; put a backup in its place, or remove the directory to start anew");
}

/// 0: there is none. A state that is there has all its small files: without them it is damaged, not new.
int version_of(const fs::path& path) {
  const auto text = read_file(path / version_file);
  if (!text && fs::exists(path / job_file)) raise_damaged(path / version_file);
  if (!text) return 0;
  int found = 0;
  const auto read = std::from_chars(text->data(), text->data() + text->size(), found);
  if (read.ec != std::errc() || found < 1) raise_damaged(path / version_file);
  return found;
}

void check_version(const fs::path& path, int found) {
  if (found > schema_version)
    throw storage_error(kind::newer, "the state in " + path.string() + " was written by a newer version of trawl (its format is " + std::to_string(found) + ", this one knows " +
                                         std::to_string(schema_version) + "); use that version");
}

constexpr std::array<std::string_view, 11> ours = {lock_file, job_file, cookie_file, marks_file, "cookies.txt.new", "reading.new", "tables", "records", "version.new", "job.json.new", "rows.new"};

/// A directory with files in it that are no state is left as it is.
bool is_foreign(const fs::path& path) {
  for (const auto& entry : fs::directory_iterator(path))
    if (std::ranges::find(ours, entry.path().filename().string()) == ours.end()) return true;
  return false;
}

}  // namespace

void write_whole(const fs::path& path, const std::string& text) {
  const fs::path fresh = path.string() + ".new";
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) raise(fresh, "made");
  const bool is_written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  ::close(fd);
  if (!is_written) raise(fresh, "written");
  if (::rename(fresh.c_str(), path.c_str()) != 0) raise(path, "written");
}

state_directory::state_directory(fs::path path) : path_(std::move(path)) {
  std::error_code ec;
  const bool is_ours = fs::create_directories(path_, ec);
  if (is_ours) fs::permissions(path_, fs::perms::owner_all, ec);
  if (ec) throw storage_error(kind::failed, "the state directory " + path_.string() + " can't be made: " + ec.message());
  const fs::path lock = path_ / lock_file;
  lock_ = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ < 0) raise(lock, "opened");
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    const std::string holder = read_file(lock).value_or("");
    ::close(std::exchange(lock_, -1));
    throw storage_error(kind::in_use, "the state in " + path_.string() + " is in use by another trawl" + (holder.empty() ? "" : " (process " + holder + ")"));
  }
  try {
    const std::string me = std::to_string(::getpid());
    if (::ftruncate(lock_, 0) != 0 || ::pwrite(lock_, me.data(), me.size(), 0) < 0) raise(lock, "written");
    const int found = version_of(path_);
    is_new_ = found == 0;
    if (is_new_ && is_foreign(path_)) throw storage_error(kind::foreign, path_.string() + " holds files that are no state of trawl's; name another directory for the state");
    check_version(path_, found);
    if (is_new_) fs::remove_all(tables()), fs::remove_all(records());
    if (!is_new_ && found < schema_version) begun();
    fs::remove(rows_file());
    for (const fs::path& inner : {tables(), records()})  // requests may have credentials: they are for their owner alone
      if (fs::create_directory(inner)) fs::permissions(inner, fs::perms::owner_all);
  } catch (...) {
    ::close(lock_);
    throw;
  }
}

state_directory::~state_directory() {
  if (lock_ >= 0) ::close(lock_);
}

void state_directory::begun() {
  write_whole(path_ / version_file, std::to_string(schema_version) + '\n');
  is_new_ = false;
}

std::optional<std::string> state_directory::job() const { return job_of(path_); }
void state_directory::keep_job(const std::string& text) { write_whole(path_ / job_file, text); }

std::string state_directory::cookies() const { return read_file(path_ / cookie_file).value_or(""); }
void state_directory::keep_cookies(const std::string& text) { write_whole(path_ / cookie_file, text); }

void state_directory::remove() {
  std::error_code ignored;
  fs::remove_all(tables(), ignored);
  fs::remove_all(records(), ignored);
  fs::remove(rows_file(), ignored);
  for (const std::string_view name : {job_file, version_file, cookie_file, marks_file, lock_file}) fs::remove(path_ / name, ignored);
  fs::remove(path_, ignored);
}

void state_directory::check(const fs::path& path) {
  const int found = version_of(path);
  if (found == 0) throw storage_error(kind::missing, path.string() + " holds no state of trawl's");
  check_version(path, found);
}

bool state_directory::is_there(const fs::path& path) { return version_of(path) != 0; }

std::optional<std::string> state_directory::job_of(const fs::path& path) {
  auto text = read_file(path / job_file);
  if (text && !nlohmann::json::accept(*text)) raise_damaged(path / job_file);
  return text;
}

}  // namespace trawl::frontier::store
