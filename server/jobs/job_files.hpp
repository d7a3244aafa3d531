// The service's directory: data/lock, data/register with what it knows of its jobs, and data/jobs/<id> with each one's state.
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace trawl::server {

/// 28 hexadecimal digits: what the service makes. Directories of other names are not its own.
bool is_job_id(std::string_view name) noexcept;

/// One directory for each job; blocking calls, any thread, one job at a time.
class job_files {
 public:
  /// Makes data/jobs, mode 0700, and takes data/lock, so that two services never share a directory. Throws std::runtime_error, in words
  /// for the operator, where it can't or another has it.
  explicit job_files(std::filesystem::path data);
  ~job_files();
  job_files(const job_files&) = delete;
  job_files& operator=(const job_files&) = delete;

  std::filesystem::path directory(const std::string& id) const { return jobs_ / id; }
  /// What the service knows of its jobs.
  std::filesystem::path table() const { return jobs_.parent_path() / "register"; }
  /// Harmless where there is none. Throws std::system_error. What was cut off is finished by `tidy`.
  void erase(const std::string& id) const;
  /// Removes what `is_known` does not know, and finishes removals that were cut off. Directories whose names are no ids stay.
  void tidy(const std::function<bool(const std::string& id)>& is_known) const;

 private:
  std::filesystem::path jobs_;
  int lock_ = -1;
};

}  // namespace trawl::server
