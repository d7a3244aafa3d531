#include "server/jobs/job_files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace trawl::server {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view gone_suffix = ".gone";  // a deleted job whose files are being removed

[[noreturn]] void raise(const fs::path& path) { throw std::system_error(errno, std::generic_category(), path.string()); }

/// A file descriptor that is closed on every way out.
struct open_file {
  int fd;
  ~open_file() {
    if (fd >= 0) ::close(fd);
  }
};

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();
  return std::move(text).str();
}

/// As `mkdir -p`, for nobody else's eyes; a directory that is there keeps its mode.
std::error_code make_private(const fs::path& folder) {
  std::error_code failed;
  if (const fs::path parent = folder.parent_path(); !parent.empty()) fs::create_directories(parent, failed);
  if (!failed && ::mkdir(folder.c_str(), 0700) != 0 && (errno != EEXIST || !fs::is_directory(folder))) failed = {errno, std::generic_category()};
  return failed;
}

}  // namespace

bool is_job_id(std::string_view name) noexcept {
  return name.size() == 28 && std::ranges::all_of(name, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

job_files::job_files(fs::path data) : jobs_(data / "jobs") {
  const auto refuse = [&data](const std::error_code& why) {
    throw std::runtime_error("data " + data.string() + ": " + why.message() + "; `data` in the server file, or --set data=DIRECTORY, names another directory");
  };
  for (const fs::path& folder : {data, jobs_})
    if (const auto failed = make_private(folder)) refuse(failed);
  const fs::path path = data / "lock";
  lock_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ < 0) refuse({errno, std::generic_category()});
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock_);
    throw std::runtime_error("data " + data.string() + ": in use by another trawl serve; end that one, or name another directory with --set data=DIRECTORY");
  }
}

job_files::~job_files() { ::close(lock_); }

void job_files::write_job(const std::string& id, const std::string& json) const {
  const fs::path folder = directory(id);
  try {
    if (const auto failed = make_private(folder)) throw std::system_error(failed, folder.string());
    write(id, "job.json", json);
  } catch (const std::system_error&) {
    std::error_code ignored;  // what matters is why the disk refused
    fs::remove_all(folder, ignored);
    throw;
  }
}

void job_files::write(const std::string& id, const char* name, const std::string& text) const {
  const fs::path folder = directory(id), target = folder / name, fresh = folder / (std::string(name) + ".new");
  {
    const open_file file{::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
    if (file.fd < 0) raise(fresh);
    for (std::size_t done = 0; done < text.size();) {
      const ssize_t n = ::write(file.fd, text.data() + done, text.size() - done);
      if (n < 0 && errno != EINTR) raise(fresh);
      if (n > 0) done += static_cast<std::size_t>(n);
    }
    if (::fsync(file.fd) != 0) raise(fresh);
  }
  fs::rename(fresh, target);
  const open_file parent{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (parent.fd < 0 || ::fsync(parent.fd) != 0) raise(folder);
}

std::string job_files::read_job(const std::string& id) const { return read_text(directory(id) / "job.json"); }

void job_files::erase(const std::string& id) const {
  const fs::path gone = jobs_ / (id + std::string(gone_suffix));
  fs::rename(directory(id), gone);  // at once: a job that is half removed when the service ends must not come back
  fs::remove_all(gone);
}

std::vector<job_files::left> job_files::list() const {
  std::vector<left> out;
  for (const auto& entry : fs::directory_iterator(jobs_)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_directory()) continue;
    if (name.ends_with(gone_suffix) && is_job_id(std::string_view(name).substr(0, name.size() - gone_suffix.size()))) fs::remove_all(entry.path());
    if (!is_job_id(name)) continue;  // somebody else's
    left one{name, read_text(entry.path() / "end.json"), ""};
    if (one.end.empty()) one.job = read_job(one.id);
    out.push_back(std::move(one));
  }
  std::ranges::sort(out, {}, &left::id);
  return out;
}

}  // namespace trawl::server
