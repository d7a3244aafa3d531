// What the service keeps of a job on disk, beside the segments of its result log: data/jobs/<id>/job.json, written when it is taken,
// and end.json, its last status, written when it is over. A job without end.json was cut off.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

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
  /// Throw std::system_error where the disk refuses. A reader sees the old text or the new one, nothing between. `write_job` makes the
  /// job's directory; where it fails none is left.
  void write_job(const std::string& id, const std::string& json) const;
  void write_end(const std::string& id, const std::string& json) const { write(id, "end.json", json); }
  /// As `write_job` got it; empty where it can't be read.
  std::string read_job(const std::string& id) const;
  /// Throws std::system_error. A job whose removal was cut off is not listed again.
  void erase(const std::string& id) const;

  /// A job as an earlier run of the service left it: its last status, or, where it was cut off, the job itself. What can't be read is
  /// empty too.
  struct left {
    std::string id, end, job;
  };
  /// In the order of their ids, which is that of their submission. Finishes removals that were cut off.
  std::vector<left> list() const;

 private:
  void write(const std::string& id, const char* name, const std::string& text) const;

  std::filesystem::path jobs_;
  int lock_ = -1;
};

}  // namespace trawl::server
