// jobs.dir: a directory of job files. Says what is new in it since the last look; each file is trusted as a file on the command line is.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/job.hpp"

namespace trawl::server {

/// A file as it was found.
struct job_file {
  std::string path, name;                   ///< name: the job's own, else the file's without its suffix
  std::optional<config::schedule> plan;
  std::vector<std::string> problems;        ///< with file:line:column; empty: it can run
};

/// Blocking calls; one thread at a time.
class job_directory {
 public:
  explicit job_directory(std::filesystem::path directory) : directory_(std::move(directory)) {}

  struct news {
    std::vector<job_file> changed;          ///< new ones too
    std::vector<std::string> gone;          ///< paths
    std::string problem;                    ///< what is wrong with the directory, said once
    bool is_read = false;                   ///< false: it can't be read, and what was known stays
  };
  /// *.yaml, *.yml and *.json in it, not below it and not hidden, a thousand at most. A file is read again when it, or one that it
  /// extends, has another time or size.
  news look();
  /// Of the last look.
  bool knows(const std::string& path) const { return known_.contains(path); }

 private:
  struct known {
    std::vector<std::string> files;         ///< it, and what it extends
    std::string stamp;                      ///< of all of them
  };
  std::filesystem::path directory_;
  std::map<std::string, known> known_;
  std::string last_problem_;
};

/// A job file as a run of it is kept in the register (`trusted_job`), and as it may be shown.
struct job_file_text {
  std::string text, shown;
  config::job job;
  std::vector<std::string> problems;
};
job_file_text read_job_file(const std::string& path, const std::string& name);

}  // namespace trawl::server
