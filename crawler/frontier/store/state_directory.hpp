// The directory of a job's state: whose it is, which version has written it, and that one process alone uses it.
#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "crawler/frontier/store/storage_error.hpp"

namespace trawl::frontier::store {

inline constexpr int schema_version = 2;  // 1: without a journal; it is opened, and is 2 from then on

/// Holds the directory's lock while it lives. Layout: `lock` (with the holder's process id), `version`, `job.json` (what the state is of),
/// `tables/` and `records/`; `reading` (see crash_marks).
class state_directory {
 public:
  /// Makes the directory where it is not there. Throws storage_error: in use, of a newer version, holding something else.
  explicit state_directory(std::filesystem::path path);
  ~state_directory();
  state_directory(const state_directory&) = delete;
  state_directory& operator=(const state_directory&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }
  /// There is no state yet, or it was never begun whole; what is left of that is gone.
  bool is_new() const noexcept { return is_new_; }
  /// From now on there is one.
  void begun();
  std::filesystem::path tables() const { return path_ / "tables"; }
  std::filesystem::path records() const { return path_ / "records"; }
  std::filesystem::path reading() const { return path_ / "reading"; }
  /// A file of rows on its way into the tables.
  std::filesystem::path rows_file() const { return path_ / "rows.new"; }
  /// The job that the state is of, as `keep_job` was given it; nullopt where none was.
  std::optional<std::string> job() const;
  void keep_job(const std::string& text);
  /// The cookies of the job, as `keep_cookies` was given them; empty where there are none.
  std::string cookies() const;
  void keep_cookies(const std::string& text);
  /// Everything is removed, and the lock with it. Files that are not of the state stay, and then the directory does.
  void remove();

  /// Without a lock, for what only looks: throws storage_error where there is no state, or a newer one.
  static void check(const std::filesystem::path& path);
  static bool is_there(const std::filesystem::path& path);
  static std::optional<std::string> job_of(const std::filesystem::path& path);

 private:
  std::filesystem::path path_;
  int lock_ = -1;
  bool is_new_ = false;
};

/// Writes a small file as a whole: it is there as it was, or as it is to be. Throws storage_error.
void write_whole(const std::filesystem::path& path, const std::string& text);

}  // namespace trawl::frontier::store
