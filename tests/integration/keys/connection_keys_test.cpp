// fetch.proxies, as servers and proxies see it. For fetch.min_rate, which takes half a minute to act, see also tests/unit/net/rate_window_test.cpp.
#include <gtest/gtest.h>

#include "tests/support/crawl_run.hpp"
#include "tests/support/peer.hpp"

namespace trawl {
namespace {

using testing::crawl_from;
using testing::html;
using testing::no_page;

TEST(FetchProxies, TakeAllThatTheJobAsksFor) {
  site::server proxy(no_page);
  proxy.on("http://shop.test/", [](const auto&) { return html("<a href=/a>a</a><a href=/b>b</a>"); });
  proxy.on("http://shop.test/a", [](const auto&) { return html("a"); });
  const auto o = crawl_from("http://shop.test/", {"fetch.proxies=[\"" + proxy.url("") + "\"]"});
  EXPECT_EQ(o.records.at(0)["status"], 200);
  EXPECT_EQ(o.records.at(0)["ip"], nullptr);
  EXPECT_EQ(proxy.count("http://shop.test/robots.txt"), 1U);
  EXPECT_EQ(proxy.count("http://shop.test/a"), 1U);
  EXPECT_EQ(proxy.count("http://shop.test/b"), 1U);
}

TEST(FetchProxies, ThatCannotBeUsedAreTriedAgainAndRefused) {
  const std::string proxy = "http://us:secret@127.0.0.1:" + std::to_string(testing::free_port());
  const auto o = crawl_from("http://shop.test/", {"fetch.proxies=[\"" + proxy + "\"]", "fetch.retries=1", "politeness.robots=ignore"});
  EXPECT_EQ(o.error_of("http://shop.test/"), "proxy.refused");
  EXPECT_EQ(o.records.at(0)["attempts"], 2);
  EXPECT_EQ(o.records.at(0).dump().find("secret"), std::string::npos);
}

TEST(FetchProxies, ThatWantAnotherPasswordAreNotTriedAgain) {
  site::server proxy([](const auto&) { return site::page("who are you", 407, "text/html", "Proxy-Authenticate: Basic realm=x\r\n"); });
  const auto o = crawl_from("http://shop.test/", {"fetch.proxies=[\"" + proxy.url("") + "\"]", "fetch.retries=3", "politeness.robots=ignore"});
  EXPECT_EQ(o.error_of("http://shop.test/"), "proxy.auth");
  EXPECT_EQ(proxy.log().size(), 1U);
}

TEST(FetchProxies, RealOnesLeadToTheServer) {
  if (testing::program("microsocks").empty()) GTEST_SKIP() << "microsocks is not installed; deploy/setup.sh installs it";
  const std::uint16_t port = testing::free_port();
  const testing::peer microsocks({"microsocks", "-i", "127.0.0.1", "-p", std::to_string(port), "-u", "us", "-P", "pw"}, port);
  site::server s(no_page);
  s.on("/", [](const auto&) { return html("<a href=/a>a</a>"); });
  s.on("/a", [](const auto&) { return html("a"); });
  const auto o = crawl_from(s.url("/"), {"fetch.proxies=[\"socks5://us:pw@127.0.0.1:" + std::to_string(port) + "\"]"});
  EXPECT_EQ(o.error_of(s.url("/a")), "");
  EXPECT_EQ(s.count("/a"), 1U);
}

/// run_crawl allows 30 s in all, which is what the shortest stretch of a slow answer takes: so this key is seen to do no harm here, and to
/// act in the unit test, where the window is short.
TEST(FetchMinRate, LeavesAloneWhatIsFastEnough) {
  site::server s(no_page);
  s.on("/", [](const auto&) { return html("quick"); });
  EXPECT_EQ(crawl_from(s.url("/"), {"fetch.min_rate=1MiB"}).error_of(s.url("/")), "");
}

}  // namespace
}  // namespace trawl
