// A job's results over its whole life: while it waits, runs, is paused or over, and through restarts. Readers hold this; what is behind it
// changes.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>

#include "crawler/frontier/inspect/past_log.hpp"

namespace trawl::server {

/// Loop's thread only.
class job_results final : public frontier::result_log {
 public:
  using log_ptr = std::shared_ptr<frontier::result_log>;
  /// Opens the log of a crawl that does not run; nullptr: it has none yet.
  using opener = std::function<boost::asio::awaitable<std::shared_ptr<frontier::past_log>>()>;

  job_results(boost::asio::any_io_executor loop, opener open) : open_(std::move(open)), news_(loop, boost::asio::steady_timer::time_point::max()) {}

  /// The crawl runs, and this is its log.
  void attach(log_ptr running);
  /// It does not any more. Readers let go of its log as soon as that is closed.
  void detach();
  /// The job is over, or nobody will run it any more in this process: readers end when they have read all.
  void end();
  /// It is not, after all.
  void reopen() noexcept { is_over_ = false; }
  /// A log that was opened to be read is let go of; it is opened again when somebody reads.
  void forget() noexcept { past_.reset(); }

  /// For readers that don't wait: has what there is at hand.
  boost::asio::awaitable<void> prepare();
  boost::asio::awaitable<std::optional<frontier::log_entry>> read(std::uint64_t after) override;
  /// nullopt also where the log would have to be opened first.
  std::optional<frontier::log_entry> poll(std::uint64_t after) override;
  std::uint64_t synced_seq() const noexcept override;
  /// Records that its files do not hold any more, of those that somebody asked for.
  std::uint64_t missing() const noexcept { return past_ ? past_->missing() : 0; }
  bool closed() const noexcept override { return is_over_; }
  void trim(std::uint64_t) override {}
  void close() override { end(); }

 private:
  boost::asio::awaitable<std::optional<frontier::log_entry>> read_now(std::uint64_t after);

  opener open_;
  log_ptr running_;
  std::shared_ptr<frontier::past_log> past_;
  boost::asio::steady_timer news_;  ///< cancelled when what is behind changes; its time never comes
  std::uint64_t last_ = 0;          ///< that was ever seen
  bool is_over_ = false;
};

}  // namespace trawl::server
