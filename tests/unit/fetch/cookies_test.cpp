#include "tests/unit/fetch/fetching.hpp"

#include "crawler/fetch/decorators.hpp"

namespace trawl::fetch {
namespace {

std::string cookie_of(const request& r) {
  for (const auto& [name, value] : r.headers)
    if (name == "Cookie") return value;
  return {};
}

CO_TEST(Cookies, GoBackToWhereTheyCameFromAndNowhereElse) {
  policy::cookie_jar jar;
  scripted_fetch next;
  next.then(answer_of(200, {{"Set-Cookie", "a=1; Path=/"}, {"set-cookie", "b=2; Path=/deep"}})).then(answer_of(200)).then(answer_of(200)).then(answer_of(200));
  const auto fetch = with_cookies(next.function(), jar);
  co_await fetch(ask_for("http://shop.example/"));
  co_await fetch(ask_for("http://shop.example/deep/er"));
  co_await fetch(ask_for("http://shop.example/flat"));
  co_await fetch(ask_for("http://other.example/"));
  EXPECT_EQ(cookie_of(next.asked()[0]), "");
  EXPECT_EQ(cookie_of(next.asked()[1]), "b=2; a=1");
  EXPECT_EQ(cookie_of(next.asked()[2]), "a=1");
  EXPECT_EQ(cookie_of(next.asked()[3]), "");
}

// RFC 6265bis, 5.8.1: "the user agent MUST NOT attach more than one Cookie header field".
CO_TEST(Cookies, JoinThoseThatTheRequestHas) {
  policy::cookie_jar jar;
  scripted_fetch next;
  next.then(answer_of(200, {{"Set-Cookie", "a=1"}})).then(answer_of(200));
  const auto fetch = with_cookies(next.function(), jar);
  co_await fetch(ask_for("http://shop.example/"));
  request r = ask_for("http://shop.example/");
  r.headers.emplace_back("Cookie", "own=1");
  co_await fetch(std::move(r));
  EXPECT_EQ(cookie_of(next.asked()[1]), "own=1; a=1");
}

// The login counts under which the request was sent, not the one that holds when its answer comes.
CO_TEST(Cookies, AreKeptAsTheLoginSays) {
  policy::cookie_jar jar;
  std::uint32_t number = 1;
  std::vector<std::uint32_t> told;
  login_watch watch;
  watch.number = [&number] { return number; };
  watch.keep = [&](const url::url&, std::uint32_t under, const std::function<void()>& store) {
    told.push_back(under);
    if (under == 1) store();
  };
  scripted_fetch next;
  next.then(answer_of(200, {{"Set-Cookie", "a=1"}})).then(answer_of(200)).then(answer_of(200, {{"Set-Cookie", "a=2"}}));
  const auto fetch = with_cookies(next.function(), jar, watch);
  co_await fetch(ask_for("http://shop.example/"));
  number = 2;
  co_await fetch(ask_for("http://shop.example/"));
  co_await fetch(ask_for("http://shop.example/"));
  EXPECT_EQ(told, (std::vector<std::uint32_t>{1, 2}));  // an answer without cookies asks nobody
  EXPECT_EQ(jar.header_for(*url::parse("http://shop.example/"), std::chrono::system_clock::now()), "a=1");
}

CO_TEST(Cookies, OfAnErrorAreNone) {
  policy::cookie_jar jar;
  scripted_fetch next;
  next.then(fail(errc::connect_reset));
  const auto fetch = with_cookies(next.function(), jar);
  const auto got = co_await fetch(ask_for("http://a.example/"));
  EXPECT_EQ(got.error().code, errc::connect_reset);
  EXPECT_EQ(jar.size(), 0U);
}

}  // namespace
}  // namespace trawl::fetch
