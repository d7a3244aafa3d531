// The records of a job from the service, each once: reads the stream of results as whole lines, and after a broken connection goes on
// behind the last one that was handed out.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "server/client/api_client.hpp"

namespace trawl::server::client {

/// What is wanted of a job's results.
struct result_wish {
  std::string id;
  std::uint64_t after = 0;
  std::uint64_t limit = 0;  ///< lines; 0: all
  bool follows = false;     ///< stay until the job is over
  std::string status, error, rows;
};

/// Cuts a stream of bytes into whole lines. Empty lines, which keep a connection alive, are dropped. Pure.
class line_splitter {
 public:
  static constexpr std::size_t longest_line = 256u << 20;

  /// The whole lines that `bytes` brings, each with its end, in one text; what is left of the last waits for more.
  std::string add(std::string_view bytes);
  /// A line longer than any record: nothing more is taken.
  bool is_too_long() const noexcept { return rest_.size() > longest_line; }
  /// Forgets the piece of a line that came before a break.
  void forget() noexcept { rest_.clear(); }

 private:
  std::string rest_;
};

/// The `seq` of a record's line; nullopt where it has none (rows of items). Reads no further than that key.
std::optional<std::uint64_t> seq_of(std::string_view line);

/// One reader at a time, on the client's executor. `client` outlives it.
class result_reader {
 public:
  /// `patience`: for how long a lost service is tried again. `on_break` is told why the connection broke,
  /// once each time.
  result_reader(const api_client& client, result_wish wish, std::chrono::nanoseconds patience, std::function<void(const failure&)> on_break);

  /// Whole lines, at least one; nullopt: the end. `lost` and the like once patience is over: `after()` is where to go on.
  boost::asio::awaitable<outcome<std::optional<std::string>>> next();

  /// The cursor: the `seq` of the last record that was handed out, or further where the service said so.
  std::uint64_t after() const noexcept { return wish_.after; }
  /// Nothing will follow: the job is over and all of it was read. Known at the end.
  bool is_complete() const noexcept { return is_complete_; }
  /// Records that the service has lost.
  std::uint64_t missing() const noexcept { return missing_; }

 private:
  std::string target() const;
  boost::asio::awaitable<outcome<void>> open();
  boost::asio::awaitable<outcome<std::string>> lines();
  std::string taken(std::string whole);
  void read_cursor();
  boost::asio::awaitable<outcome<void>> recover(failure why);

  const api_client& client_;
  result_wish wish_;
  std::function<void(const failure&)> on_break_;
  retry_pace pace_;
  std::chrono::nanoseconds patience_;
  std::optional<exchange> open_;
  line_splitter splitter_;
  std::uint64_t handed_out_ = 0;  ///< lines
  bool has_answered_ = false;     ///< once: only then is a failure a break
  bool is_broken_ = false;        ///< and has been told
  bool has_cursor_ = true;        ///< the last line had a seq
  bool is_complete_ = false, is_over_ = false;
  std::uint64_t missing_ = 0;
};

}  // namespace trawl::server::client
