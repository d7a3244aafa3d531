#include <utility>

#include "crawler/fetch/decorators.hpp"

namespace trawl::fetch {
namespace {

class login_keeper final {
 public:
  login_keeper(fetch_fn next, login_watch watch) : next_(std::move(next)), watch_(std::move(watch)) {}

  asio::awaitable<result<outcome>> operator()(request asked) const {
    if (asked.so_far.login == 0) asked.so_far.login = watch_.number();
    auto got = co_await next_(asked);
    auto* answer = got ? std::get_if<response>(&*got) : nullptr;
    if (answer == nullptr) co_return got;
    const bool is_lost = co_await watch_.shows_login(asked, *answer);
    if (asked.so_far.login_lost) watch_.asked_again(!is_lost);
    if (!is_lost) co_return got;
    const bool may_help = !asked.so_far.login_lost && watch_.lost(asked.so_far.login);
    if (may_help && asked.idempotent) co_return from_the_start(asked, *answer);
    answer->stopped = error{errc::login_failed, "given to somebody who is not logged in"};
    answer->duplicate_of.clear();
    co_return got;
  }

 private:
  /// The redirects are walked again too: they may lead elsewhere for who is logged in.
  static outcome from_the_start(const request& asked, const response& answer) {
    deferral off{{}, asked.so_far, defer_reason::retry};
    off.state.attempts = answer.attempts;
    off.state.retries = off.state.holds = 0;
    off.state.chain = nullptr;
    off.state.login = 0;
    off.state.login_lost = true;
    return off;
  }

  fetch_fn next_;
  login_watch watch_;
};

}  // namespace

fetch_fn with_login(fetch_fn next, login_watch watch) { return login_keeper(std::move(next), std::move(watch)); }

}  // namespace trawl::fetch
