// One crawl as the command line runs it: its files, its progress, its signals, its exit code.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <exception>
#include <expected>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "crawler/engine/crawl.hpp"
#include "crawler/engine/shard.hpp"
#include "server/crawl/output_cursor.hpp"
#include "server/crawl/progress_view.hpp"
#include "server/crawl/record_output.hpp"

namespace trawl::server {

/// Paths; empty where nothing was asked for (records then go to stdout).
struct session_files {
  std::string output, summary, rejected;
};

/// Where a crawl keeps its state, and what may be done with one that is there.
struct session_state {
  std::string directory;         ///< empty: none is kept
  bool is_beside_output = false; ///< FILE.trawl: it goes when the crawl has drained
  std::string job;               ///< what the state is of; see state_job.hpp
};

struct session_options {
  session_files files;
  session_state state;
  std::function<bool(std::string_view record)> retry;  ///< see engine::crawl_options
  existing existing_output = existing::refuse;
  config::row_kind rows = config::row_kind::records;
  progress_style style = progress_style::none;
  bool shows_summary = true;
};

/// Used once: `open`, then `run`. On the main thread.
class crawl_session {
 public:
  crawl_session(config::job job, session_options options);

  /// Opens every file, the output last, so that nothing is lost when another can't be written. What is wrong, in words.
  std::expected<void, std::string> open();
  /// Runs the crawl to its end. 0 done; 1 an output failed or `expect` was not met, or interrupted without a state; 3 interrupted, and the
  /// same command goes on.
  int run();

 private:
  void start_writing();
  boost::asio::awaitable<void> write_records();
  std::expected<void, std::string> open_output();
  std::optional<output_cursor> known_cursor() const;
  void note_failure(const std::exception_ptr& failure);
  void save_cursor();
  bool is_resumable() const;
  void watch_signals();
  void on_signal();
  void finish();
  int report();
  void report_rejected(const engine::rejected& r);
  /// Writes what comes at the end; false when a file could not be written.
  bool close_files(const engine::progress& p);

  config::job job_;
  const session_options options_;
  std::optional<record_output> output_;
  std::ofstream summary_, rejected_;
  boost::asio::io_context loop_{1};
  boost::asio::signal_set signals_{loop_};
  boost::asio::steady_timer patience_{loop_};  ///< how long an interrupted crawl waits for the reader
  boost::asio::io_context writing_{1};         ///< the writer's own thread: a reader that does not read stops nothing else
  engine::shards shards_;
  std::optional<engine::crawl> crawl_;
  std::string reader_;                         ///< the output's name in the state
  std::string log_failure_;                    ///< why the records could not be read to their end
  std::uint64_t written_ = 0;                  ///< seq of the last record that was given to the output
  std::uint64_t saved_ = 0;                    ///< the same as the state knows it
  std::chrono::steady_clock::time_point saved_at_{};
  std::optional<progress_view> view_;
  int interrupts_ = 0;
  std::jthread writer_;  // last: joined before what it uses goes
};

}  // namespace trawl::server
