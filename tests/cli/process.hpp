// Running the built binary as a user does: arguments, standard input, a working directory of its own; what came out, and how it ended.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace trawl::cli {

/// A directory of the test's own, gone with it.
class scratch {
 public:
  scratch();
  ~scratch();
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;

  std::string write(const std::string& name, const std::string& text) const;  ///< the file's path
  std::string read(const std::string& name) const;
  std::string path(const std::string& name) const { return (dir_ / name).string(); }
  const std::filesystem::path& dir() const noexcept { return dir_; }

 private:
  std::filesystem::path dir_;
};

struct outcome {
  int code = -1;  ///< exit code; 128 + signal; -1 when it had to be killed at the deadline
  std::string out, err;
  std::size_t peak_kib = 0;  ///< the most memory it had resident
};

/// A started process; killed when it goes out of scope still running.
class process {
 public:
  /// Starts trawl with these arguments in `dir`. `out_path` takes stdout in place of the pipe.
  process(const std::vector<std::string>& arguments, const std::filesystem::path& dir, const std::string& in = "", const std::string& out_path = "");
  ~process();
  process(process&& other) noexcept;
  process(const process&) = delete;
  process& operator=(const process&) = delete;

  void signal(int number) const;
  /// Closes our end of its stdout, as `| head` does.
  void close_out();
  /// Reads along until `enough` of what came so far or the end; false at the deadline.
  bool read_until(const std::function<bool(const outcome&)>& enough, std::chrono::milliseconds limit = std::chrono::seconds(20));
  /// The same for words on stderr; stdout is left unread.
  bool read_error_until(const std::string& words, std::chrono::milliseconds limit = std::chrono::seconds(20));
  /// Waits for the end.
  outcome wait(std::chrono::milliseconds limit = std::chrono::seconds(20));

 private:
  bool drain(int& fd, std::string& to);

  pid_t pid_ = -1;
  int out_ = -1, err_ = -1;
  outcome so_far_;
};

/// Runs trawl to its end.
outcome trawl(const std::vector<std::string>& arguments, const scratch& where, const std::string& in = "");

/// Lines of a text, the last without its end too.
std::vector<std::string> lines(const std::string& text);

}  // namespace trawl::cli
