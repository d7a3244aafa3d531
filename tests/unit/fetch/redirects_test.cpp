#include "tests/unit/fetch/fetching.hpp"

#include "crawler/fetch/decorators.hpp"

namespace trawl::fetch {
namespace {

/// A policy that always says the same, and counts how often it was asked.
struct fixed_policy {
  hop_verdict says = hop_verdict::follow;
  std::shared_ptr<int> asked = std::make_shared<int>(0);

  hop_policy function() const {
    return [says = says, asked = asked](const hop& h) { return answer(says, h.target.host_port(), asked); };
  }
  static asio::awaitable<hop_answer> answer(hop_verdict says, std::string host, std::shared_ptr<int> asked) {
    ++*asked;
    co_return hop_answer{says, std::move(host), 3, "http://holder/"};
  }
};

response redirect_to(std::string where, int status = 302) { return answer_of(status, {{"Location", std::move(where)}}); }

CO_TEST(Redirects, PassThroughWhatIsNone) {
  scripted_fetch next;
  next.then(answer_of(200, {}, "page"));
  const auto fetch = with_redirects(next.function(), 5, fixed_policy{}.function());
  const auto got = co_await fetch(ask_for("http://a/"));
  EXPECT_EQ(response_in(got).body, "page");
  EXPECT_EQ(response_in(got).final_url, "http://a/");
  EXPECT_TRUE(response_in(got).redirects.empty());
  EXPECT_EQ(response_in(got).attempts, 1U);
}

CO_TEST(Redirects, FollowTheChainInsideOneRecord) {
  scripted_fetch next;
  next.then(redirect_to("/b", 301)).then(redirect_to("http://a/c#part", 307)).then(answer_of(200, {}, "c"));
  const auto fetch = with_redirects(next.function(), 5, fixed_policy{}.function());
  const auto got = co_await fetch(ask_for("http://a/"));
  const response& r = response_in(got);
  EXPECT_EQ(r.final_url, "http://a/c");
  EXPECT_EQ(r.body, "c");
  CO_ASSERT(r.redirects.size() == 2);
  EXPECT_EQ(r.redirects[0].url, "http://a/");
  EXPECT_EQ(r.redirects[0].status, 301);
  EXPECT_EQ(r.redirects[1].url, "http://a/b");
  EXPECT_EQ(r.attempts, 3U);
}

// RFC 9110, 15.4.2 and 15.4.4: POST becomes GET after 301, 302 and 303; 307 and 308 keep method and body.
CO_TEST(Redirects, Rfc9110MethodAndBodyGoOnlyWhereTheyMay) {
  for (const auto& [status, method] : std::initializer_list<std::pair<int, const char*>>{{301, "GET"}, {302, "GET"}, {303, "GET"}, {307, "POST"}, {308, "POST"}}) {
    scripted_fetch next;
    next.then(redirect_to("/b", status)).then(answer_of(200));
    request r = ask_for("http://a/");
    r.method = "POST";
    r.body = "q=1";
    r.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"X-Key", "k"}};
    const auto fetch = with_redirects(next.function(), 5, fixed_policy{}.function());
    co_await fetch(r);
    const request& hop = next.asked().at(1);
    EXPECT_EQ(hop.method, method) << status;
    EXPECT_EQ(hop.body.empty(), std::string(method) == "GET") << status;
    EXPECT_EQ(hop.headers.size(), std::string(method) == "GET" ? 1U : 2U) << status;  // X-Key stays: the same origin
  }
}

CO_TEST(Redirects, HeadersDoNotFollowToAnotherOrigin) {
  for (const char* target : {"http://b/", "https://a/", "http://a:8080/"}) {
    scripted_fetch next;
    next.then(redirect_to(target)).then(answer_of(200));
    request r = ask_for("http://a/");
    r.headers = {{"X-Key", "k"}};
    const auto fetch = with_redirects(next.function(), 5, fixed_policy{}.function());
    co_await fetch(r);
    EXPECT_TRUE(next.asked().at(1).headers.empty()) << target;
  }
}

CO_TEST(Redirects, ABodyGoesToAnotherOriginWithItsTypeAndNothingElse) {
  scripted_fetch next;
  next.then(redirect_to("http://b/", 307)).then(answer_of(200));
  request r = ask_for("http://a/");
  r.method = "POST";
  r.body = "{}";
  r.headers = {{"content-type", "application/json"}, {"Authorization", "secret"}};
  const auto fetch = with_redirects(next.function(), 5, fixed_policy{}.function());
  co_await fetch(r);
  EXPECT_EQ(next.asked().at(1).body, "{}");
  CO_ASSERT(next.asked().at(1).headers.size() == 1);
  EXPECT_EQ(next.asked().at(1).headers[0].second, "application/json");
}

CO_TEST(Redirects, EndAtTheLimitAndInALoop) {
  scripted_fetch next;
  next.then(redirect_to("/1")).then(redirect_to("/2")).then(redirect_to("/3"));
  const auto fetch = with_redirects(next.function(), 2, fixed_policy{}.function());
  const auto got = co_await fetch(ask_for("http://a/"));
  EXPECT_EQ(response_in(got).stopped->code, errc::http_too_many_redirects);
  EXPECT_EQ(response_in(got).redirects.size(), 3U);

  scripted_fetch circle;
  circle.then(redirect_to("/")).then(redirect_to("/"));  // once more, for a cookie's sake
  const auto looping = with_redirects(circle.function(), 10, fixed_policy{}.function());
  const auto ended = co_await looping(ask_for("http://a/"));
  EXPECT_EQ(response_in(ended).stopped->code, errc::http_too_many_redirects);
  EXPECT_EQ(circle.left(), 0U);
}

CO_TEST(Redirects, ThatLeadNowhereAreTheAnswer) {
  for (const char* location : {"", "mailto:x@y", "http://[", "javascript:1"}) {
    scripted_fetch next;
    next.then(*location == 0 ? answer_of(302) : redirect_to(location));
    const fixed_policy policy;
    const auto fetch = with_redirects(next.function(), 5, policy.function());
    const auto got = co_await fetch(ask_for("http://a/"));
    EXPECT_EQ(response_in(got).status, 302) << location;
    EXPECT_FALSE(response_in(got).stopped) << location;
    EXPECT_EQ(*policy.asked, 0) << location;
  }
}

CO_TEST(Redirects, RefusalsNameTheirReason) {
  for (const auto& [says, code] : std::initializer_list<std::pair<hop_verdict, errc>>{{hop_verdict::out_of_scope, errc::http_redirect_out_of_scope},
                                                                                       {hop_verdict::robots_disallowed, errc::robots_disallowed},
                                                                                       {hop_verdict::robots_unreachable, errc::robots_unreachable}}) {
    scripted_fetch next;
    next.then(redirect_to("http://b/"));
    const auto fetch = with_redirects(next.function(), 5, fixed_policy{says}.function());
    const auto got = co_await fetch(ask_for("http://a/"));
    EXPECT_EQ(response_in(got).stopped->code, code);
    EXPECT_EQ(response_in(got).status, 302);
    EXPECT_EQ(response_in(got).final_url, "http://b/");
  }
}

CO_TEST(Redirects, ToWhatIsTakenNameTheRecordThatHasIt) {
  scripted_fetch next;
  next.then(redirect_to("http://b/"));
  const auto fetch = with_redirects(next.function(), 5, fixed_policy{hop_verdict::taken}.function());
  const auto got = co_await fetch(ask_for("http://a/"));
  EXPECT_EQ(response_in(got).duplicate_of, "http://holder/");
}

CO_TEST(Redirects, AHopThatHasToWaitComesBackAndGoesOnWhereItWas) {
  scripted_fetch next;
  next.then(redirect_to("http://b/x")).then(answer_of(200, {}, "x"));
  const auto fetch = with_redirects(next.function(), 5, fixed_policy{hop_verdict::later}.function());
  const auto first = co_await fetch(ask_for("http://a/"));
  const deferral off = deferral_in(first);
  EXPECT_EQ(off.reason, defer_reason::hop);
  CO_ASSERT(off.state.chain != nullptr);
  EXPECT_EQ(off.state.chain->host, "b");
  EXPECT_EQ(off.state.chain->shard, 3U);
  EXPECT_EQ(off.state.attempts, 1U);

  request again = ask_for("http://a/");
  again.so_far = off.state;
  const auto second = co_await fetch(again);
  EXPECT_EQ(next.asked().at(1).url, "http://b/x");
  EXPECT_EQ(response_in(second).final_url, "http://b/x");
  EXPECT_EQ(response_in(second).redirects.size(), 1U);
  EXPECT_EQ(response_in(second).attempts, 2U);
}

CO_TEST(Redirects, AFailureBehindOneKeepsTheRedirect) {
  scripted_fetch next;
  next.then(redirect_to("http://b/", 308)).then(fail(errc::connect_refused, "closed"));
  const auto fetch = with_redirects(next.function(), 5, fixed_policy{}.function());
  const auto got = co_await fetch(ask_for("http://a/"));
  EXPECT_EQ(response_in(got).status, 308);
  EXPECT_EQ(response_in(got).stopped->code, errc::connect_refused);
  EXPECT_EQ(response_in(got).final_url, "http://b/");
}

CO_TEST(Redirects, AFailureWithoutOneIsTheFailureAndSoIsCancellation) {
  scripted_fetch next;
  next.then(fail(errc::dns_not_found)).then(redirect_to("/b")).then(fail(errc::cancelled));
  const auto fetch = with_redirects(next.function(), 5, fixed_policy{}.function());
  const auto plain = co_await fetch(ask_for("http://a/"));
  EXPECT_EQ(plain.error().code, errc::dns_not_found);
  const auto cancelled = co_await fetch(ask_for("http://a/"));
  EXPECT_EQ(cancelled.error().code, errc::cancelled);
}

CO_TEST(Redirects, ADeferralOfAHopKeepsItsChain) {
  scripted_fetch next;
  attempt_state state;
  state.retries = 1;
  next.then(redirect_to("/b")).then(deferral{{}, state, defer_reason::retry});
  const auto fetch = with_redirects(next.function(), 5, fixed_policy{}.function());
  const auto got = co_await fetch(ask_for("http://a/"));
  CO_ASSERT(deferral_in(got).state.chain != nullptr);
  EXPECT_EQ(deferral_in(got).state.chain->next.url, "http://a/b");
  EXPECT_EQ(deferral_in(got).state.retries, 1U);
}

}  // namespace
}  // namespace trawl::fetch
