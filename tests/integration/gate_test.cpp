// The one egress rule, from outside: whichever way a private address comes into a crawl, nothing connects to it.
#include <gtest/gtest.h>

#include "crawler/url/url.hpp"
#include "tests/support/crawl_run.hpp"

namespace trawl {
namespace {

using testing::crawl_from;
using testing::html;
using testing::no_page;
using testing::run_crawl;

/// Hosts that are not globally reachable, as a page may write them: each block of the registries, each way to write IPv4, IPv4 inside IPv6,
/// names of loopback.
const std::vector<std::string> hosts = {
    "0.0.0.0",      "127.1",        "0177.0.0.1",      "2130706433",      "0x7f.1",      "0x7f000001",   "10.0.0.1",     "10.255.255.255",           "100.64.0.1",           "127.255.255.254",
    "169.254.169.254", "172.16.0.0", "172.31.255.255", "192.0.0.1",       "192.0.2.1",   "192.88.99.1",  "192.168.0.1",  "198.18.0.1",               "198.19.255.255",       "198.51.100.1",
    "203.0.113.1",  "224.0.0.1",    "240.0.0.1",       "255.255.255.255", "[::]",        "[::1]",        "[::127.0.0.1]", "[fc00::1]",               "[fdff::1]",            "[fe80::1]",
    "[fec0::1]",    "[ff02::1]",    "[2001:db8::1]",   "[100::1]",        "[3fff::1]",   "[5f00::1]",    "[::ffff:169.254.169.254]", "[::ffff:7f00:1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::1]",
    "[2002:a9fe:a9fe::]", "[2001:0:a9fe:a9fe::1]", "localhost", "localhost.", "LOCALHOST", "a.localhost", "\xEF\xBC\x91\xEF\xBC\x92\xEF\xBC\x97\xEF\xBC\x8E\xEF\xBC\x90\xEF\xBC\x8E\xEF\xBC\x90\xEF\xBC\x8E\xEF\xBC\x91"};

/// A server that must never be connected to, on both loopback addresses at one port.
class forbidden {
 public:
  forbidden() : server_([](const auto&) { return html("secret"); }) { server_.listen("::1", server_.port()); }
  /// Each of the hosts with this server's port, and a target.
  std::vector<std::string> urls(const std::string& target = "/") const {
    std::vector<std::string> out;
    for (const std::string& host : hosts) out.push_back("http://" + host + ":" + std::to_string(server_.port()) + target);
    return out;
  }
  std::size_t connections() const { return server_.connections().size(); }
  std::uint16_t port() const { return server_.port(); }

 private:
  site::server server_;
};

/// Where each address costs a crawl of its own, every sixth is enough: what decides is the same function.
std::vector<std::string> some_of(const std::vector<std::string>& urls) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < urls.size(); i += 6) out.push_back(urls[i]);
  return out;
}

std::string normal(const std::string& url) { return url::parse(url)->without_fragment(); }

const std::vector<std::string> wide = {"scope={within: any, max_pages: 1000, max_depth: 1}", "politeness.robots=ignore", "fetch.retries=0"};

std::string list_of(const std::vector<std::string>& urls) {
  std::string out;
  for (const std::string& url : urls) out += (out.empty() ? "\"" : ", \"") + url + "\"";
  return "[" + out + "]";
}

TEST(Gate, SeedsOfAStrangerAreRefused) {
  const forbidden secret;
  std::vector<std::string> sets = testing::quick;
  sets.insert(sets.end(), wide.begin(), wide.end());
  const auto o = run_crawl("seeds: " + list_of(secret.urls()), {.trusted = false, .sets = sets});
  for (const std::string& url : secret.urls()) EXPECT_EQ(o.error_of(normal(url)), "connect.blocked_address") << url;
  EXPECT_EQ(secret.connections(), 0U);
}

TEST(Gate, NamesThatLeadInsideAreRefused) {  // metadata.google.internal and the like, wherever they lead
  const forbidden secret;
  for (const char* inside : {"127.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1"}) {
    const std::string url = "http://metadata.google.internal:" + std::to_string(secret.port()) + "/";
    EXPECT_EQ(crawl_from(url, {"politeness.robots=ignore", "fetch.retries=0", std::string("fetch.resolve={metadata.google.internal: \"") + inside + "\"}"}, false).error_of(url), "connect.blocked_address") << inside;
  }
  EXPECT_EQ(secret.connections(), 0U);
}

TEST(Gate, LinksAreRefused) {
  const forbidden secret;
  std::string links;
  for (const std::string& url : secret.urls()) links += "<a href='" + url + "'>x</a>";
  site::server s([&](const auto&) { return html(links); });
  const auto o = crawl_from(s.url("/"), wide);
  for (const std::string& url : secret.urls()) EXPECT_EQ(o.error_of(normal(url)), "connect.blocked_address") << url;
  EXPECT_EQ(secret.connections(), 0U);
}

TEST(Gate, RedirectsAreRefused) {
  const forbidden secret;
  const auto urls = secret.urls();
  std::string links;
  for (std::size_t i = 0; i < urls.size(); ++i) links += "<a href=/to/" + std::to_string(i) + ">x</a>";
  site::server s([&](const site::seen_request& r) { return site::redirect(urls[std::stoul(r.target.substr(4))]); });
  s.on("/", [&](const auto&) { return html(links); });
  const auto o = crawl_from(s.url("/"), wide);
  std::size_t blocked = 0, taken = 0;  // several ways to write one address are one target: the first has it
  for (std::size_t i = 0; i < urls.size(); ++i) {
    const auto* r = o.of(s.url("/to/" + std::to_string(i)));
    ASSERT_NE(r, nullptr) << urls[i];
    blocked += o.error_of(s.url("/to/" + std::to_string(i))) == "connect.blocked_address" ? 1 : 0;
    taken += r->contains("duplicate_of") ? 1 : 0;
  }
  EXPECT_EQ(blocked + taken, urls.size());
  EXPECT_GT(blocked, 35U);
  EXPECT_EQ(secret.connections(), 0U);
}

TEST(Gate, RobotsOfARedirectIsNotFetchedThere) {
  const forbidden secret;
  for (const std::string& there : some_of(secret.urls("/robots.txt"))) {
    site::server s([&](const auto&) { return html("page"); });
    s.on("/robots.txt", [&](const auto&) { return site::redirect(there); });
    const auto o = crawl_from(s.url("/"), {"fetch.retries=0"});
    EXPECT_NE(o.error_of(s.url("/")), "") << there;
    EXPECT_EQ(s.count("/"), 0U) << there;
  }
  EXPECT_EQ(secret.connections(), 0U);
}

TEST(Gate, SitemapsThatRobotsNamesAreNotFetchedThere) {
  const forbidden secret;
  std::string robots = "User-agent: *\nAllow: /\n";
  for (const std::string& url : secret.urls("/sitemap.xml")) robots += "Sitemap: " + url + "\n";
  site::server s([](const auto&) { return html("page"); });
  s.on("/robots.txt", [&](const auto&) { return site::page(robots, 200, "text/plain"); });
  const auto o = crawl_from(s.url("/"), {"sitemaps=[robots]", "scope={within: any, max_pages: 100}", "fetch.retries=0"});
  EXPECT_EQ(o.error_of(s.url("/")), "");
  EXPECT_EQ(secret.connections(), 0U);
}

TEST(Gate, ProxiesOfAStrangerAreRefused) {
  const forbidden secret;
  for (const std::string& there : some_of(secret.urls(""))) {
    for (const std::string& scheme : {"http", "socks5"}) {
      const std::string proxy = scheme + there.substr(there.find(':'));
      EXPECT_EQ(crawl_from("http://page.test/", {"fetch.proxies=[\"" + proxy + "\"]", "politeness.robots=ignore", "fetch.retries=0"}, false).error_of("http://page.test/"), "connect.blocked_address") << proxy;
    }
  }
  EXPECT_EQ(secret.connections(), 0U);
}

TEST(Gate, ProxyIsNoDetourInside) {
  const forbidden secret;
  std::string links;
  for (const std::string& url : secret.urls()) links += "<a href='" + url + "'>x</a>";
  site::server proxy([&](const auto&) { return html(links); });
  std::vector<std::string> sets = wide;
  sets.push_back("fetch.proxies=[\"" + proxy.url("") + "\"]");
  const auto o = crawl_from("http://start.test/", sets);
  for (const std::string& url : secret.urls()) EXPECT_EQ(o.error_of(normal(url)), "connect.blocked_address") << url;
  EXPECT_EQ(proxy.log().size(), 1U);
  EXPECT_EQ(secret.connections(), 0U);
}

}  // namespace
}  // namespace trawl
