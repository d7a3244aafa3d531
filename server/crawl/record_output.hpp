// Where records go: a file or stdout, one JSON line each, or one line for each of their items.
#pragma once
#include <atomic>
#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "config/job_entries.hpp"
#include "server/crawl/compression.hpp"

namespace trawl::server {

/// What is done with an output that is there already.
enum class existing : std::uint8_t { refuse, overwrite, append };

/// How the last write went.
enum class write_state : std::uint8_t {
  good,
  reader_gone,  ///< stdout's reader has closed: it has enough
  given_up,     ///< `give_up` was called while its reader did not read
  failed,       ///< see `why`
};

/// One line for each item of a record: the item's own members behind `url`, the page's (final) URL, unless it has a member of that name.
/// Appended to `out`, each with its line end. A record without items gives none. `seq`: the record's, put behind `url` in the same way.
void append_item_rows(std::string& out, std::string_view record, std::optional<std::uint64_t> seq = std::nullopt);

/// By its path's suffix it compresses, in members of about a MiB of lines. Owns the file it opened; stdout stays open. Move-only; one thread, but for `give_up`. Only whole lines are begun, each of them when the
/// reader has room for it, so that a reader that stops leaves no torn line (longer than 512 KiB: it may).
class record_output {
 public:
  /// `path` empty or "-" is stdout. Fails, in words with the remedy, where the suffix names a format that is not there, where the file
  /// is there already, and where it can't be written.
  static std::expected<record_output, std::string> open(const std::string& path, existing what, config::row_kind rows);
  /// As above, but touches nothing: the checks that need no open file.
  static std::expected<void, std::string> check(const std::string& path, existing what);
  /// The file of a crawl that is resumed: what stands behind `length` was not committed and is cut off. Fails, in words with the remedy,
  /// where the file is gone or shorter.
  static std::expected<record_output, std::string> resume(const std::string& path, std::uint64_t length, config::row_kind rows);

  record_output(record_output&& other) noexcept;
  record_output& operator=(record_output&&) = delete;
  ~record_output();

  write_state write(std::string_view record);
  /// What was written goes out of the process; waits for the reader. Compressed, it ends a member.
  write_state flush();
  /// The same for whoever reads along, as far as that costs nothing: a compressed file waits until a second has passed.
  write_state flush_for_readers();
  /// As flush, and a file's bytes survive a power cut. Its length then; nullopt where that failed, or what is written to is no file.
  std::optional<std::uint64_t> sync();
  /// No more waiting for a reader that does not read: what it has no room for is lost. Any thread.
  void give_up() noexcept { is_given_up_ = true; }
  /// Lines that were given to it and did not go out.
  std::uint64_t lost() const noexcept { return lost_; }
  write_state state() const noexcept { return state_; }
  /// "out.ndjson can't be written: No space left on device".
  const std::string& why() const noexcept { return why_; }

 private:
  record_output(int fd, std::string name, config::row_kind rows);
  write_state fail(int reason);
  static std::size_t whole_lines(std::string_view text, std::size_t most) noexcept;
  bool wait_for_room(std::size_t size);
  bool has_room(std::size_t size) const noexcept;
  bool wait_for_space();
  bool put(std::string_view text);
  void put_member();

  int fd_;
  std::string name_, why_, lines_;  ///< lines_: not out yet
  std::uint64_t lost_ = 0;
  config::row_kind rows_;
  compression how_ = compression::none;
  std::chrono::steady_clock::time_point flushed_at_{};
  bool is_pipe_ = false, may_block_ = false, is_file_ = false, is_disk_full_ = false;
  std::atomic<bool> is_given_up_{false};
  write_state state_ = write_state::good;
};

}  // namespace trawl::server
