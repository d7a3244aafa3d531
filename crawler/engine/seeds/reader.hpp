// Seeds for a thread that must not wait: files and standard input are read on a thread of their own.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>

#include "crawler/engine/seeds.hpp"
#include "crawler/frontier/wake_list.hpp"

namespace trawl::engine {

/// The seeds of a job in their order. One thread uses it, but for `stop`; `on_problem` is called on that thread, in the seeds' order. The
/// job outlives it. At most 1024 seeds are read ahead.
class seed_reader {
 public:
  seed_reader(const config::job& job, seed_report on_problem);
  ~seed_reader();
  seed_reader(const seed_reader&) = delete;
  seed_reader& operator=(const seed_reader&) = delete;

  /// The next seed if it is there already; nullopt says nothing about the end.
  std::optional<request> ready();
  /// The next seed; waits for one. nullopt: there is none any more, or `stop` was called. A wait that is cancelled loses no seed.
  /// throws  what reading threw
  boost::asio::awaitable<std::optional<request>> next();
  /// No more seeds, also for who waits for one. Any thread.
  void stop() noexcept;

 private:
  struct trouble {
    std::string where, what;
  };
  using entry = std::variant<request, trouble>;

  void read_files();
  bool put(entry e);
  std::optional<entry> take();

  const config::job& job_;
  const seed_report on_problem_;
  generator<request> listed_;
  std::optional<generator<request>::iterator> at_;  ///< in `listed_`, once begun
  bool files_begun_ = false;
  int stop_event_;                                  ///< readable from `stop` on

  std::mutex mutex_;
  std::condition_variable room_;
  std::deque<entry> entries_;
  frontier::wake_list waiting_;
  std::exception_ptr failure_;
  bool ended_ = false, stopped_ = false;
  std::thread files_;
};

}  // namespace trawl::engine
