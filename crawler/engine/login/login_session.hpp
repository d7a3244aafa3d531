// Whether a job is logged in: one login at a time, whichever shard needs it first.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "crawler/async/clock.hpp"
#include "crawler/engine/login/login_plan.hpp"

namespace trawl::engine {

/// Shared by the shards of a job; any thread.
class login_session {
 public:
  enum class phase : std::uint8_t {
    out,        ///< somebody has to log in before anything is fetched
    under_way,  ///< somebody does
    in,
    failed,     ///< the first time, and for good: nothing is fetched
    given_up,   ///< it has been in, and gets in no more: the job ends, and what is queued stays so
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
  /// For good: failed or given up, depending on whether it was ever in.
  void fail(error why);
  /// Why it failed; may be read once is() has said so, and changes no more.
  const error& failure() const noexcept { return failure_; }

  /// A page that was asked for under that login shows it lost. Out, if that login still holds. False: logging in has not helped ten times
  /// in a row, so it is left at that.
  bool lost(std::uint32_t number);
  /// What became of a page that was asked for again.
  void asked_again(bool helped) noexcept;
  /// Calls `store`, which keeps cookies that came from `from` for a request sent under that login; not if they are of the login's site and that
  /// login no longer holds: they are of a session that is gone, and would take the place of what a login gets. While it runs no login begins
  /// or ends. It may not use the session.
  void keep(const url::url& from, std::uint32_t number, const std::function<void()>& store) const;
  /// Whether a login at `now` is worth a line in the log, one a minute: how many before it had none. nullopt: it has none either.
  std::optional<std::uint32_t> announce(async::clock::time_point now);

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
  mutable std::mutex mutex_;  ///< of changes, and of what follows
  std::vector<url::url> form_at_;
  std::optional<async::clock::time_point> announced_at_;
  std::uint32_t unannounced_ = 0;
};

}  // namespace trawl::engine
