#include "tests/unit/fetch/fetching.hpp"

#include "crawler/fetch/decorators.hpp"

namespace trawl::fetch {
namespace {

/// A login whose loss is what the status says: 401.
struct bench {
  std::uint32_t number = 3;
  bool may_help = true;
  std::vector<std::uint32_t> lost;
  std::vector<bool> helped;

  static asio::awaitable<bool> shows_login(const request&, const response& answer) { co_return answer.status == 401; }
  fetch_fn around(const scripted_fetch& next) {
    return with_login(next.function(), {.number = [this] { return number; },
                                        .shows_login = [](const request& asked, const response& answer) { return shows_login(asked, answer); },
                                        .lost = [this](std::uint32_t n) { return lost.push_back(n), may_help; },
                                        .asked_again = [this](bool did) { helped.push_back(did); }});
  }
};

CO_TEST(Login, LetsPassWhatIsNoLoss) {
  bench b;
  scripted_fetch next;
  next.then(answer_of(200)).then(fail(errc::connect_reset)).then(deferral{{}, {.attempts = 1, .login = 3}, defer_reason::retry});
  const auto fetch = b.around(next);
  const auto page = co_await fetch(ask_for("http://h/"));
  EXPECT_EQ(response_in(page).status, 200);
  const auto failed = co_await fetch(ask_for("http://h/"));
  EXPECT_EQ(failed.error().code, errc::connect_reset);
  const auto off = co_await fetch(ask_for("http://h/"));
  EXPECT_EQ(deferral_in(off).state.login, 3U);
  EXPECT_EQ(next.asked()[0].so_far.login, 3U);  // the attempts know which login they stand on
  EXPECT_TRUE(b.lost.empty());
  EXPECT_TRUE(b.helped.empty());
}

CO_TEST(Login, PutsALostPageOffFromItsStart) {
  bench b;
  scripted_fetch next;
  response lost = answer_of(401);
  lost.attempts = 4;
  next.then(std::move(lost));
  request asked = ask_for("http://h/");
  asked.so_far = {.attempts = 2, .retries = 1, .holds = 1, .first_attempt_at = "then", .login = 2, .chain = std::make_shared<const hop_chain>()};
  const auto fetch = b.around(next);
  const auto got = co_await fetch(std::move(asked));
  const attempt_state& state = deferral_in(got).state;
  EXPECT_EQ(b.lost, std::vector<std::uint32_t>{2});  // the login that it began under, not the one of now
  EXPECT_EQ(state.attempts, 4U);
  EXPECT_EQ(state.retries + state.holds, 0U);
  EXPECT_EQ(state.first_attempt_at, "then");
  EXPECT_EQ(state.chain, nullptr);
  EXPECT_EQ(state.login, 0U);
  EXPECT_TRUE(state.login_lost);
}

CO_TEST(Login, APageIsAskedForAgainOnceOnly) {
  bench b;
  scripted_fetch next;
  response still = answer_of(401);
  still.duplicate_of = "http://h/login";
  next.then(std::move(still)).then(answer_of(200));
  const auto fetch = b.around(next);
  request again = ask_for("http://h/");
  again.so_far.login_lost = true;
  const auto got = co_await fetch(again);
  EXPECT_EQ(response_in(got).stopped->code, errc::login_failed);
  EXPECT_EQ(response_in(got).duplicate_of, "");
  const auto well = co_await fetch(again);
  EXPECT_FALSE(response_in(well).stopped);
  EXPECT_EQ(b.helped, (std::vector<bool>{false, true}));
  EXPECT_TRUE(b.lost.empty());
}

CO_TEST(Login, WhereNothingHelpsOrNothingMayBeSentTwiceItIsLoginFailed) {
  bench b;
  scripted_fetch next;
  next.then(answer_of(401)).then(answer_of(401));
  const auto fetch = b.around(next);
  request once = ask_for("http://h/");
  once.idempotent = false;
  const auto sent = co_await fetch(std::move(once));
  EXPECT_EQ(response_in(sent).stopped->code, errc::login_failed);
  EXPECT_EQ(b.lost.size(), 1U);  // for the sake of the others
  b.may_help = false;
  const auto hopeless = co_await fetch(ask_for("http://h/"));
  EXPECT_EQ(response_in(hopeless).stopped->code, errc::login_failed);
}

CO_TEST(Login, CancellationGoesThrough) {
  bench b;
  scripted_fetch next;
  next.then(fail(errc::cancelled));
  const auto fetch = b.around(next);
  const auto got = co_await fetch(ask_for("http://h/"));
  EXPECT_EQ(got.error().code, errc::cancelled);
  EXPECT_TRUE(b.lost.empty());
}

}  // namespace
}  // namespace trawl::fetch
