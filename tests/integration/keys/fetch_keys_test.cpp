// The keys of fetch, as the server sees them.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/crawl_run.hpp"

namespace trawl {
namespace {

using namespace std::chrono_literals;
using site::script;
using testing::crawl_from;
using testing::html;
using testing::no_page;

TEST(FetchConcurrency, BoundsWhatIsInFlightInAll) {
  std::string links;
  for (int i = 0; i < 12; ++i) links += "<a href=/" + std::to_string(i) + ">l</a>";
  site::server s([](const auto&) { return site::reply{html("ok").bytes, 40ms}; });
  s.on("/robots.txt", no_page);
  s.on("/", [links](const auto&) { return html(links); });
  crawl_from(s.url("/"), {"fetch.concurrency=3", "politeness.per_host=10"});
  EXPECT_EQ(s.most().requests, 3U);
}

TEST(FetchRetries, AreMoreTriesAfterTheFirst) {
  for (const int retries : {0, 3}) {
    site::server s([](const auto&) { return site::page("", 500); });
    s.on("/robots.txt", no_page);
    const auto o = crawl_from(s.url("/"), {"fetch.retries=" + std::to_string(retries)});
    EXPECT_EQ(s.count("/"), static_cast<std::size_t>(retries + 1));
    EXPECT_EQ(o.records.at(0)["attempts"], retries + 1);
    EXPECT_EQ(o.records.at(0)["status"], 500);
  }
}

TEST(FetchRetries, AreForEachStatusAndFailureThatMayPass) {
  for (const int status : {408, 425, 500, 502, 504, 522, 524}) {
    site::server s([status](const auto&) { return site::page("", status); });
    s.on("/robots.txt", no_page);
    crawl_from(s.url("/"), {"fetch.retries=1"});
    EXPECT_EQ(s.count("/"), 2U) << status;
  }
  for (const int status : {400, 401, 403, 404, 410, 451, 501}) {
    site::server s([status](const auto&) { return site::page("", status); });
    s.on("/robots.txt", no_page);
    crawl_from(s.url("/"), {"fetch.retries=1"});
    EXPECT_EQ(s.count("/"), 1U) << status;
  }
  site::server s(no_page);
  s.on("/", [](const auto&) { return script({site::reset()}); });
  EXPECT_EQ(crawl_from(s.url("/"), {"fetch.retries=1", "politeness.robots=ignore"}).error_of(s.url("/")), "connect.reset");
  EXPECT_EQ(s.count("/"), 2U);
}

TEST(FetchBackoff, GrowsFromInitialToMax) {
  site::server s([](const auto&) { return site::page("", 500); });
  s.on("/robots.txt", no_page);
  crawl_from(s.url("/"), {"fetch.retries=3", "fetch.backoff={initial: 80ms, max: 100ms, jitter: 0}"});
  const auto log = s.log();
  ASSERT_EQ(log.size(), 5U);
  EXPECT_GE(log[2].at - log[1].at, 79ms);
  EXPECT_GE(log[3].at - log[2].at, 99ms);
  EXPECT_GE(log[4].at - log[3].at, 99ms);
  EXPECT_LT(log[4].at - log[3].at, 315ms);  // without the maximum it is four times the first
}

TEST(FetchBackoff, JitterShortens) {
  site::server s([](const auto&) { return site::page("", 500); });
  s.on("/robots.txt", no_page);
  crawl_from(s.url("/"), {"fetch.retries=8", "fetch.backoff={initial: 200ms, max: 200ms, jitter: 1}"});
  const auto log = s.log();
  ASSERT_EQ(log.size(), 10U);
  auto shortest = log[2].at - log[1].at;
  for (std::size_t i = 3; i < log.size(); ++i) shortest = std::min(shortest, log[i].at - log[i - 1].at);
  EXPECT_LT(shortest, 195ms);  // with jitter all eight are as good as never full
}

TEST(FetchTimeout, EachPartHasItsCode) {
  site::server s(no_page);
  s.on("/silent", [](const auto&) { return script({site::hang()}); });
  s.on("/endless", [](const auto&) { return script({site::send(site::head(200, "Content-Type: text/html\r\n")), site::drip(std::string(100'000, 'x'), 1, 5ms)}); });
  const std::vector<std::string> short_ones = {"fetch.timeout={connect: 300ms, first_byte: 200ms, total: 500ms}", "fetch.retries=0"};
  EXPECT_EQ(crawl_from(s.url("/silent"), short_ones).error_of(s.url("/silent")), "timeout.first_byte");
  const auto o = crawl_from(s.url("/endless"), short_ones);
  EXPECT_TRUE(o.error_of(s.url("/endless")) == "timeout.total" || o.records.at(0).value("truncated", "") == "time");
  EXPECT_LT(o.records.at(0)["elapsed_ms"], 1500);
  EXPECT_TRUE(s.wait_until([](const site::server& now) { return std::ranges::all_of(now.connections(), [](const auto& c) { return c.closed.has_value(); }); }));
}

TEST(FetchTimeout, ConnectHasTheHandshakeInIt) {
  site::server s(no_page);
  s.on_connect([](std::uint64_t) { return script({site::hang()}); });
  const std::string url = "https://127.0.0.1:" + std::to_string(s.port()) + "/";
  EXPECT_EQ(crawl_from(url, {"fetch.timeout={connect: 200ms, first_byte: 5s, total: 9s}", "fetch.retries=0", "politeness.robots=ignore"}).error_of(url), "connect.timeout");
}

TEST(FetchMaxRedirects, IsTheLongestChain) {
  site::server s([](const site::seen_request& r) { return r.target == "/3" ? html("end") : site::redirect("/" + std::to_string(std::stoi(r.target.substr(1)) + 1)); });
  s.on("/robots.txt", no_page);
  const auto enough = crawl_from(s.url("/0"), {"fetch.max_redirects=3"});
  EXPECT_EQ(enough.records.at(0)["status"], 200);
  EXPECT_EQ(enough.records.at(0)["final_url"], s.url("/3"));
  EXPECT_EQ(enough.records.at(0)["redirects"].size(), 3U);
  EXPECT_EQ(enough.records.at(0)["redirects"][0], (nlohmann::json{{"url", s.url("/0")}, {"status", 302}}));
  const auto before = s.count("/3");
  EXPECT_EQ(crawl_from(s.url("/0"), {"fetch.max_redirects=2"}).error_of(s.url("/0")), "http.too_many_redirects");
  EXPECT_EQ(s.count("/3"), before);
}

TEST(FetchMaxBody, CutsAndSaysSo) {
  site::server s(no_page);
  s.on("/", [](const auto&) { return site::page("<title>early</title>" + std::string(50'000, 'x')); });
  const auto o = crawl_from(s.url("/"), {"fetch.max_body=10000"});
  EXPECT_EQ(o.records.at(0)["bytes"], 10'000);
  EXPECT_EQ(o.records.at(0)["truncated"], "length");
  EXPECT_EQ(o.records.at(0)["title"], "early");
}

TEST(FetchMaxHeader, BoundsTheHead) {
  site::server s(no_page);
  s.on("/", [](const auto&) { return site::page("ok", 200, "text/html", "X-Long: " + std::string(3000, 'x') + "\r\n"); });
  EXPECT_EQ(crawl_from(s.url("/"), {"fetch.max_header=2KiB"}).error_of(s.url("/")), "http.header_too_large");
  EXPECT_EQ(s.count("/"), 1U);  // a second try would only repeat it
  EXPECT_EQ(crawl_from(s.url("/"), {"fetch.max_header=4KiB"}).error_of(s.url("/")), "");
}

TEST(FetchContentTypes, DecideWhatIsRead) {
  site::server s(no_page);
  s.on("/", [](const auto&) { return html("<a href=/doc.pdf>p</a><a href=/data.json>j</a>"); });
  s.on("/doc.pdf", [](const auto&) { return site::page("%PDF", 200, "application/pdf"); });
  s.on("/data.json", [](const auto&) { return site::page("{}", 200, "application/json"); });
  const auto o = crawl_from(s.url("/"), {"fetch.content_types=[text/html, \"*/json\"]"});
  EXPECT_EQ((*o.of(s.url("/doc.pdf")))["status"], 200);
  EXPECT_EQ((*o.of(s.url("/doc.pdf")))["bytes"], 0);
  EXPECT_EQ((*o.of(s.url("/doc.pdf")))["content_type"], "application/pdf");
  EXPECT_EQ((*o.of(s.url("/data.json")))["bytes"], 2);
}

TEST(FetchHttp2, OffIsHttp1) {
  site::server s(no_page);
  s.on("/", [](const auto&) { return html("ok"); });
  EXPECT_EQ(crawl_from(s.url("/"), {"fetch.http2=false"}).records.at(0)["http_version"], "1.1");
}

TEST(FetchHeaders, GoToEveryHostAndWinOverOurOwn) {
  site::server s(no_page);
  s.on("/", [](const auto&) { return html("<a href=/a>a</a>"); });
  crawl_from(s.url("/"), {"fetch.headers={Accept-Language: de, Accept: text/plain}"});
  for (const auto& r : s.log()) {
    EXPECT_EQ(r.header("accept-language"), "de") << r.target;
    EXPECT_EQ(r.header("accept"), "text/plain") << r.target;
    EXPECT_EQ(r.count("accept"), 1U) << r.target;
    EXPECT_NE(r.header("accept-encoding"), "");
  }
}

TEST(FetchCookies, AreKeptUnlessDisabled) {
  for (const bool enabled : {true, false}) {
    site::server s(no_page);
    s.on("/", [](const auto&) { return site::page("<a href=/next>n</a>", 200, "text/html", "Set-Cookie: k=v; Path=/\r\n"); });
    crawl_from(s.url("/"), {std::string("fetch.cookies.enabled=") + (enabled ? "true" : "false")});
    ASSERT_EQ(s.count("/next"), 1U);
    for (const auto& r : s.log())
      if (r.target == "/next") EXPECT_EQ(r.header("cookie"), enabled ? "k=v" : "");
  }
}

TEST(FetchCookies, FileIsWhereTheJarStarts) {
  site::server s([](const auto&) { return html("ok"); });
  const std::string path = ::testing::TempDir() + "trawl_cookies_" + std::to_string(s.port()) + ".txt";
  std::ofstream(path) << "127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\tabc\n";
  crawl_from(s.url("/"), {"fetch.cookies.file=" + path});
  EXPECT_EQ(s.log().back().header("cookie"), "session=abc");
  std::filesystem::remove(path);
}

TEST(FetchAuth, GoesToItsHostAloneAndNotWithRobots) {
  site::server s([](const auto&) { return html("ok"); }), other([](const auto&) { return html("ok"); });
  s.on("/", [&](const auto&) { return html("<a href=/in>i</a><a href=/away>a</a>"); });
  s.on("/away", [&](const auto&) { return site::redirect(other.url("/there")); });
  const auto o = crawl_from(s.url("/"), {"fetch.private_addresses=allow", "scope.include=[\"*\"]", "scope.within=any", "scope.max_pages=9",
                                         "fetch.auth=[{host: \"127.0.0.1:" + std::to_string(s.port()) + "\", basic: {user: u, password: p}, cookie: \"c=1\"}]"});
  EXPECT_EQ(o.records.size(), 3U);
  for (const auto& r : s.log()) {
    const bool is_robots = r.target == "/robots.txt";
    EXPECT_EQ(r.header("authorization"), is_robots ? "" : "Basic dTpw") << r.target;
    EXPECT_EQ(r.header("cookie"), is_robots ? "" : "c=1") << r.target;
  }
  ASSERT_EQ(other.count("/there"), 1U);
  for (const auto& r : other.log()) EXPECT_EQ(r.header("authorization"), "") << r.target;
}

TEST(FetchTls, CaFileIsTrustedBesideTheSystem) {
  const site::authority ca;
  site::server s([](const auto&) { return html("ok"); });
  const std::string url = s.listen_tls(ca.issue()).url("/");
  EXPECT_EQ(crawl_from(url, {"fetch.retries=0", "politeness.robots=ignore"}).error_of(url), "tls.certificate");
  EXPECT_TRUE(s.log().empty());
  const auto o = crawl_from(url, {"fetch.tls.ca_file=\"" + ca.ca_file() + "\""});
  EXPECT_EQ(o.records.at(0)["status"], 200);
  EXPECT_FALSE(o.records.at(0).contains("tls_verified"));
}

TEST(FetchTls, WithoutVerifyTheRecordSaysSo) {
  const site::authority ca;
  site::server s([](const auto&) { return html("ok"); });
  const std::string url = s.listen_tls(ca.issue({"other.test"}, site::flaw::expired)).url("/");
  const auto o = crawl_from(url, {"fetch.tls.verify=false"});
  EXPECT_EQ(o.records.at(0)["status"], 200);
  EXPECT_EQ(o.records.at(0)["tls_verified"], false);
}

TEST(FetchTls, MinVersionRefusesOlderServers) {
  const site::authority ca;
  site::server s([](const auto&) { return html("ok"); });
  site::identity old = ca.issue();
  old.newest_version = TLS1_2_VERSION;
  const std::string url = s.listen_tls(old).url("/");
  const std::string trust = "fetch.tls.ca_file=\"" + ca.ca_file() + "\"";
  EXPECT_EQ(crawl_from(url, {trust, "fetch.tls.min_version=\"1.2\""}).error_of(url), "");
  EXPECT_EQ(crawl_from(url, {trust, "fetch.tls.min_version=\"1.3\"", "politeness.robots=ignore", "fetch.retries=0"}).error_of(url), "tls.handshake");
}

TEST(FetchPrivateAddresses, AreDeniedButForTrustedSeeds) {
  site::server other([](const auto&) { return html("ok"); });
  site::server s(no_page);
  s.on("/", [&](const auto&) { return html("<a href='" + other.url("/x") + "'>x</a>"); });
  const std::string wide = "scope={within: any, max_pages: 10}";
  EXPECT_EQ(crawl_from(s.url("/"), {wide, "politeness.robots=ignore"}).error_of(other.url("/x")), "connect.blocked_address");
  EXPECT_TRUE(other.log().empty());
  EXPECT_EQ(crawl_from(s.url("/"), {wide, "fetch.private_addresses=allow"}).error_of(other.url("/x")), "");
  EXPECT_EQ(other.count("/x"), 1U);
  const auto before = s.log().size();
  EXPECT_EQ(crawl_from(s.url("/"), {"politeness.robots=ignore"}, false).error_of(s.url("/")), "connect.blocked_address");
  EXPECT_EQ(s.log().size(), before);
}

TEST(FetchResolve, SendsNamesWhereItSays) {
  site::server s([](const auto&) { return html("ok"); });
  const site::place there = s.listen("127.0.0.2");
  const std::string url = there.url("/", "shop.test");
  const auto o = crawl_from(url, {"fetch.resolve={shop.test: 127.0.0.2}"});
  EXPECT_EQ(o.records.at(0)["ip"], "127.0.0.2");
  EXPECT_EQ(s.log().back().header("host"), "shop.test:" + std::to_string(there.port));
}

}  // namespace
}  // namespace trawl
