#include "server/crawl/record_output.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "server/console.hpp"

namespace trawl::server {
namespace {

namespace fs = std::filesystem;

bool is_stdout(const std::string& path) { return path.empty() || path == "-"; }

constexpr std::size_t batch = 64U << 10;
constexpr std::size_t member = 1U << 20;        // of lines, before they are compressed
constexpr auto member_every = std::chrono::seconds(1);
constexpr std::size_t largest_pipe = 1U << 20;  // what Linux lets everyone ask for: pipe(7)
constexpr int look_every = 50;                  // ms; how soon a wait for the reader notices that it is to end

/// A file whose last line has no end gets one, so that what is appended begins a line.
bool end_last_line(int fd) {
  const off_t size = lseek(fd, 0, SEEK_END);
  if (size <= 0) return true;  // empty, or no file that one can seek in
  char last = 0;
  if (pread(fd, &last, 1, size - 1) != 1) return false;
  return last == '\n' || write(fd, "\n", 1) == 1;
}

}  // namespace

void append_item_rows(std::string& out, std::string_view record, std::optional<std::uint64_t> seq) {
  const auto whole = nlohmann::ordered_json::parse(record, nullptr, false);
  if (!whole.is_object() || !whole.contains("items")) return;
  const bool has_final = whole.contains("final_url") && whole["final_url"].is_string();
  const nlohmann::ordered_json url = has_final ? whole["final_url"] : whole.value("url", nlohmann::ordered_json());
  for (const auto& item : whole["items"]) {
    if (!item.is_object()) continue;
    nlohmann::ordered_json line = nlohmann::ordered_json::object();
    if (!item.contains("url")) line["url"] = url;
    if (seq && !item.contains("seq")) line["seq"] = *seq;
    line.update(item);
    out += line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    out += '\n';
  }
}

std::expected<void, std::string> record_output::check(const std::string& path, existing what) {
  if (is_stdout(path)) return {};
  const fs::path file(path);
  static constexpr std::array<std::string_view, 2> plain = {".ndjson", ".jsonl"};
  const std::string suffix = fs::path(without_compression(path)).extension().string();
  const bool is_ours = suffix.empty() || std::ranges::find(plain, suffix) != plain.end();
  std::error_code ignored;
  const fs::file_status status = fs::status(file, ignored);
  if (fs::is_directory(status)) return std::unexpected(path + " is a directory; name a file in it");
  if (!is_ours && (!fs::exists(status) || fs::is_regular_file(status)))
    return std::unexpected(
        fmt::format("{}: {} output is not available in this version; there is {} (one JSON object a line), with .gz or .zst behind it if it is to be compressed", path, suffix, fmt::join(plain, " and ")));
  if (fs::is_regular_file(status) && what == existing::refuse)
    return std::unexpected(path + " is there already; say --overwrite or --append, or name another file");
  return {};
}

std::expected<record_output, std::string> record_output::open(const std::string& path, existing what, config::row_kind rows) {
  if (const auto fits = check(path, what); !fits) return std::unexpected(fits.error());
  if (is_stdout(path)) {
    if (!has_stdout()) return std::unexpected("stdout is closed: the records would go nowhere; name a file with -o");
    return record_output(STDOUT_FILENO, "stdout", rows);
  }
  std::error_code none;
  const bool is_read_too = what == existing::append && fs::is_regular_file(path, none);  // a FIFO that is read by its writer too never ends
  const int flags = (is_read_too ? O_RDWR : O_WRONLY) | (what == existing::append ? O_APPEND : O_TRUNC);
  const int fd = ::open(path.c_str(), flags | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) return std::unexpected(fmt::format("{} can't be written: {}", path, std::strerror(errno)));
  record_output out(fd, path, rows);
  if (what == existing::append && out.how_ == compression::none && !end_last_line(fd)) return std::unexpected(fmt::format("{} can't be written: {}", path, std::strerror(errno)));
  return out;
}

std::expected<record_output, std::string> record_output::resume(const std::string& path, std::uint64_t length, config::row_kind rows) {
  std::error_code none;
  if (is_stdout(path) || (length == 0 && !fs::is_regular_file(path, none))) return open(path, existing::append, rows);  // what went out can't be taken back
  const int fd = ::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC);
  if (fd < 0) return std::unexpected(fmt::format("{} can't be written on: {}; its state says that records are in it (--overwrite writes it anew)", path, std::strerror(errno)));
  record_output out(fd, path, rows);
  struct stat about {};
  if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) return std::unexpected(path + " is no file any more, though its state says so");
  if (static_cast<std::uint64_t>(about.st_size) < length)
    return std::unexpected(fmt::format("{} has {} bytes, but its state has written {}: it was changed meanwhile (--overwrite writes it anew)", path, about.st_size, length));
  if (ftruncate(fd, static_cast<off_t>(length)) != 0 || (out.how_ == compression::none && !end_last_line(fd))) return std::unexpected(fmt::format("{} can't be cut to its last whole record: {}", path, std::strerror(errno)));
  return out;
}

std::optional<std::uint64_t> record_output::sync() {
  if (flush() != write_state::good) return std::nullopt;
  struct stat about {};
  if (fstat(fd_, &about) != 0 || !S_ISREG(about.st_mode)) return std::nullopt;
  if (fdatasync(fd_) != 0) {
    fail(errno);
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(about.st_size);
}

record_output::record_output(int fd, std::string name, config::row_kind rows) : fd_(fd), name_(std::move(name)), rows_(rows), how_(compression_of(name_)) {
  struct stat about {};
  if (fstat(fd, &about) != 0) return;
  is_pipe_ = S_ISFIFO(about.st_mode);
  is_file_ = S_ISREG(about.st_mode);
  may_block_ = is_pipe_ || S_ISCHR(about.st_mode) || S_ISSOCK(about.st_mode);
}

record_output::record_output(record_output&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      name_(std::move(other.name_)),
      why_(std::move(other.why_)),
      lines_(std::move(other.lines_)),
      lost_(other.lost_),
      rows_(other.rows_),
      how_(other.how_),
      is_pipe_(other.is_pipe_),
      may_block_(other.may_block_),
      is_file_(other.is_file_),
      is_disk_full_(other.is_disk_full_),
      is_given_up_(other.is_given_up_.load()),
      state_(other.state_) {}

record_output::~record_output() {
  if (fd_ >= 0 && fd_ != STDOUT_FILENO) close(fd_);
}

write_state record_output::fail(int reason) {
  state_ = fd_ == STDOUT_FILENO && reason == EPIPE ? write_state::reader_gone : write_state::failed;
  why_ = fmt::format("{} can't be written: {}", name_, std::strerror(reason));
  return state_;
}

write_state record_output::write(std::string_view record) {
  if (state_ != write_state::good) return ++lost_, state_;
  if (rows_ == config::row_kind::items) {
    append_item_rows(lines_, record);
  } else {
    lines_ += record;
    lines_ += '\n';
  }
  return lines_.size() < (how_ == compression::none ? batch : member) ? state_ : flush();
}

write_state record_output::flush_for_readers() {
  const bool is_early = how_ != compression::none && std::chrono::steady_clock::now() - flushed_at_ < member_every;
  return is_early ? state_ : flush();
}

/// Whole, or the file is not good any more; to a pipe in parts, as there is room.
void record_output::put_member() {
  const std::string bytes = compressed(how_, lines_);
  flushed_at_ = std::chrono::steady_clock::now();
  for (std::string_view left = bytes; !left.empty() && state_ == write_state::good;) {
    const std::size_t part = may_block_ ? std::min<std::size_t>(left.size(), PIPE_BUF) : left.size();
    if (may_block_ && !wait_for_room(part)) {
      state_ = write_state::given_up;
      why_ = name_ + ": nobody read it any more";
    } else if (put(left.substr(0, part))) {
      left.remove_prefix(part);
    }
  }
  if (state_ != write_state::good) lost_ += static_cast<std::uint64_t>(std::ranges::count(lines_, '\n'));
  lines_.clear();
}

write_state record_output::flush() {
  if (how_ != compression::none && !lines_.empty() && state_ == write_state::good) return put_member(), state_;
  std::string_view left = lines_;
  while (!left.empty() && state_ == write_state::good) {
    const std::size_t part = may_block_ ? whole_lines(left, PIPE_BUF) : left.size();
    if (may_block_ && !wait_for_room(part)) {
      state_ = write_state::given_up;
      why_ = name_ + ": nobody read it any more";
    } else if (put(left.substr(0, part))) {
      left.remove_prefix(part);
    }
  }
  lost_ += static_cast<std::uint64_t>(std::ranges::count(left, '\n'));
  lines_.clear();
  return state_;
}

/// As many whole lines as fit into `most` bytes; a longer line alone.
std::size_t record_output::whole_lines(std::string_view text, std::size_t most) noexcept {
  const std::size_t end = text.size() <= most ? text.size() - 1 : text.rfind('\n', most - 1);
  return (end != std::string_view::npos ? end : text.find('\n')) + 1;
}

/// Waits until `size` bytes go out without blocking, so that a write that is begun is also ended; false: given up meanwhile.
bool record_output::wait_for_room(std::size_t size) {
  while (!is_given_up_) {
    pollfd out{fd_, POLLOUT, 0};
    const int ready = poll(&out, 1, look_every);
    if (ready < 0 && errno != EINTR) return true;  // the write will say what is wrong
    if (ready <= 0) continue;
    if ((out.revents & (POLLERR | POLLNVAL)) != 0 || size <= PIPE_BUF || has_room(size)) return true;
    poll(nullptr, 0, 1);  // some room, but not for a line of this length
  }
  return false;
}

/// Whether a pipe takes a long line as a whole. Half of the pages may be half empty, so only half of the capacity counts. A line that is
/// longer than the largest pipe goes out in parts.
bool record_output::has_room(std::size_t size) const noexcept {
  if (!is_pipe_) return true;
  int unread = 0;
  int capacity = fcntl(fd_, F_GETPIPE_SZ);
  if (capacity > 0 && size > static_cast<std::size_t>(capacity) / 2) capacity = std::max(capacity, fcntl(fd_, F_SETPIPE_SZ, largest_pipe));
  if (capacity <= 0 || ioctl(fd_, FIONREAD, &unread) != 0 || unread == 0) return true;
  return 2 * static_cast<std::size_t>(unread) + size + PIPE_BUF <= static_cast<std::size_t>(capacity);
}

/// A full disk is not for ever: what is written waits, and with it the crawl; false: given up meanwhile.
bool record_output::wait_for_space() {
  if (!std::exchange(is_disk_full_, true)) spdlog::error("{}: no space is left; the crawl waits until there is", name_);
  poll(nullptr, 0, look_every);
  return !is_given_up_;
}

bool record_output::put(std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd_, text.data(), text.size());
    if (n >= 0) {
      text.remove_prefix(static_cast<std::size_t>(n));
      if (std::exchange(is_disk_full_, false)) spdlog::warn("{}: there is space again", name_);
    } else if (is_file_ && (errno == ENOSPC || errno == EDQUOT)) {
      if (!wait_for_space()) return fail(ENOSPC), false;
    } else if (errno == EAGAIN) {  // whoever gave us the descriptor made it non-blocking
      if (!wait_for_room(1)) return fail(EAGAIN), false;
    } else if (errno != EINTR) {
      return fail(errno), false;
    }
  }
  return true;
}

}  // namespace trawl::server
