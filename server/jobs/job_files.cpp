#include "server/jobs/job_files.hpp"

#include <fcntl.h>
#include <sys/file.h>
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

}  // namespace

job_files::job_files(fs::path data) : jobs_(data / "jobs") {
  fs::create_directories(jobs_);
  const fs::path path = data / "lock";
  lock_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ < 0) raise(path);
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock_);
    throw std::runtime_error(data.string() + " is in use by another trawl serve");
  }
}

job_files::~job_files() { ::close(lock_); }

void job_files::write(const std::string& id, const char* name, const std::string& text) const {
  const fs::path folder = directory(id), target = folder / name, fresh = folder / (std::string(name) + ".new");
  fs::create_directories(folder);
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

void job_files::erase(const std::string& id) const { fs::remove_all(directory(id)); }

std::vector<job_files::left> job_files::list() const {
  std::vector<left> out;
  for (const auto& entry : fs::directory_iterator(jobs_)) {
    if (!entry.is_directory()) continue;
    left one{entry.path().filename().string(), read_text(entry.path() / "end.json"), ""};
    if (one.end.empty()) one.job = read_job(one.id);
    out.push_back(std::move(one));
  }
  std::ranges::sort(out, {}, &left::id);
  return out;
}

}  // namespace trawl::server
