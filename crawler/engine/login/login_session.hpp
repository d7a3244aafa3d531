// Whether a job is logged in: one login at a time, whichever shard needs it first.
#pragma once
#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "crawler/engine/login/login_plan.hpp"

namespace trawl::engine {

/// Shared by the shards of a job; any thread.
class login_session {
 public:
  enum class phase : std::uint8_t {
    out,        ///< somebody has to log in before anything is fetched
    under_way,  ///< somebody does
    in,
    failed,     ///< for good: nothing more is fetched
  };

  /// The settings outlive it, and have passed check_job.
  explicit login_session(const config::login& settings);

  const login_plan& plan() const noexcept { return plan_; }
  phase is() const noexcept { return phase_.load(std::memory_order_acquire); }
  /// How often it has been logged in: which login holds.
  std::uint32_t number() const noexcept { return number_.load(std::memory_order_acquire); }

  /// From out to under way; true for the one caller who now has to log in and to say how it ended.
  bool begin() noexcept;
  /// `form_at`: where the form was found, if it was looked for elsewhere than where the job says.
  void succeed(const url::url& form_at);
  void fail(error why);
  /// Why it failed; may be read once is() has said so, and changes no more.
  const error& failure() const noexcept { return failure_; }

  /// A page that was asked for under that login shows it lost. Out, if that login still holds. False: logging in has not helped ten times
  /// in a row, so it is left at that.
  bool lost(std::uint32_t number);
  /// What became of a page that was asked for again.
  void asked_again(bool helped) noexcept;

  /// What an answer says of the login without a look at its content.
  enum class sign : std::uint8_t {
    none,        ///< nothing: another site, or it is the login page that was asked for
    lost,        ///< redirects lead to the login page, and that is all there is
    look,        ///< its content decides
    look_there,  ///< the same, and redirects lead to the login page
  };
  sign read(const request& asked, const response& answer) const;

 private:
  bool is_login_page(const url::url& where) const;

  const login_plan plan_;
  std::atomic<phase> phase_{phase::out};
  std::atomic<std::uint32_t> number_{0}, fruitless_{0};
  error failure_;
  mutable std::mutex mutex_;  ///< of changes, and of form_at_
  std::vector<url::url> form_at_;
};

}  // namespace trawl::engine
