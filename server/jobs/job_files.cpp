#include "server/jobs/job_files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace trawl::server {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view gone_suffix = ".gone";  // a deleted job whose files are being removed

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

void job_files::erase(const std::string& id) const {
  const fs::path gone = jobs_ / (id + std::string(gone_suffix));
  if (!fs::exists(directory(id))) return;
  fs::rename(directory(id), gone);  // at once: a job that is half removed when the service ends must not come back
  fs::remove_all(gone);
}

void job_files::tidy(const std::function<bool(const std::string& id)>& is_known) const {
  for (const auto& entry : fs::directory_iterator(jobs_)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_directory()) continue;
    const bool is_gone = name.ends_with(gone_suffix) && is_job_id(std::string_view(name).substr(0, name.size() - gone_suffix.size()));
    if (is_gone || (is_job_id(name) && !is_known(name))) fs::remove_all(entry.path());
  }
}

}  // namespace trawl::server
