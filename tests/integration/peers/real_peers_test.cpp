// Whole crawls against servers that others wrote: nginx in each way that it serves, also through a real proxy.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "tests/support/crawl_run.hpp"
#include "tests/support/nginx.hpp"

namespace trawl {
namespace {

using testing::crawl_from;
using testing::nginx;

constexpr int pages = 40;

const site::authority& ca() {
  static const site::authority made;
  return made;
}

/// Page n leads to 2n + 1 and 2n + 2, so that all are found from "/0", and has enough text for its codings to matter.
std::map<std::string, std::string> tree() {
  std::map<std::string, std::string> out;
  for (int n = 0; n < pages; ++n) {
    std::string body = "<!doctype html><title>" + std::to_string(n) + "</title>";
    for (const int next : {2 * n + 1, 2 * n + 2})
      if (next < pages) body += "<a href=/" + std::to_string(next) + ">next</a>";
    for (int word = 0; word < 3000; ++word) body += " w" + std::to_string(word * (n + 1) % 997);
    out["/" + std::to_string(n)] = body;
  }
  return out;
}

/// Crawls the tree and expects all of its pages, each asked for once, in HTTP `version`; gives nginx's log.
std::vector<testing::nginx_request> expect_whole_tree(const nginx& server, const std::string& version, std::vector<std::string> sets = {}) {
  sets.push_back("fetch.tls.ca_file=" + ca().ca_file());
  const auto o = crawl_from(server.url("/0"), sets);
  EXPECT_EQ(o.records.size(), static_cast<std::size_t>(pages));
  for (const auto& r : o.records) {
    EXPECT_EQ(r.at("status"), 200) << r.at("url");
    EXPECT_EQ(r.at("http_version"), version) << r.at("url");
  }
  const auto log = server.log(pages + 1);
  std::map<std::string, int> asked;
  for (const auto& r : log) ++asked[r.target];
  EXPECT_EQ(asked.size(), pages + 1U);  // and robots.txt
  for (const auto& [target, times] : asked) EXPECT_EQ(times, 1) << target;
  return log;
}

const std::string with_text = "extract.fields={text: body}";

/// The text of each page.
std::map<std::string, std::string> texts(const testing::crawl_outcome& o) {
  std::map<std::string, std::string> out;
  for (const auto& r : o.records) out[r.at("url").get<std::string>()] = r.at("fields").at("text").get<std::string>();
  return out;
}

class real_peers : public ::testing::Test {
 protected:
  void SetUp() override {
    if (testing::program("nginx").empty()) GTEST_SKIP() << "nginx is not installed; deploy/setup.sh installs it";
  }
};
using CrawlOfNginx = real_peers;

TEST_F(CrawlOfNginx, PlainLosesNoPageThoughConnectionsEnd) { expect_whole_tree(nginx(tree(), {.more = "keepalive_requests 3;"}), "1.1"); }

TEST_F(CrawlOfNginx, OverTlsTakesSessionsUpAgain) {
  const auto log = expect_whole_tree(nginx(tree(), {.ca = &ca(), .more = "keepalive_requests 3;"}), "1.1");
  const auto resumed = std::ranges::count_if(log, [](const auto& r) { return r.took_up_session; });
  EXPECT_GT(resumed, pages / 2);
}

TEST_F(CrawlOfNginx, OverHttp2LosesNoPageThoughTheServerGoesAway) { expect_whole_tree(nginx(tree(), {.ca = &ca(), .listen = "http2", .more = "keepalive_requests 7;"}), "2"); }

TEST_F(CrawlOfNginx, EachCodingGivesTheSamePages) {
  const nginx server(tree());
  const auto plain = texts(crawl_from(server.url("/0"), {"fetch.compression=[]", with_text}));
  EXPECT_EQ(plain.size(), static_cast<std::size_t>(pages));
  EXPECT_EQ(texts(crawl_from(server.url("/0"), {"fetch.compression=[gzip]", with_text})), plain);
  EXPECT_EQ(texts(crawl_from(server.url("/0"), {"fetch.compression=[br]", with_text})), plain);
}

TEST_F(CrawlOfNginx, SecondOneWithACacheIsAnsweredWith304) {
  const auto dir = std::filesystem::path(::testing::TempDir()) / ("trawl_real_peers_cache_" + std::to_string(::getpid()));
  const nginx server(tree(), {.more = "add_header Cache-Control no-cache;"});
  const std::string cache = "fetch.cache={dir: \"" + dir.string() + "\", mode: http}";
  const auto first = texts(crawl_from(server.url("/0"), {cache, with_text}));
  const std::size_t before = server.log(pages + 1).size();
  const auto again = texts(crawl_from(server.url("/0"), {cache, with_text}));
  std::filesystem::remove_all(dir);
  EXPECT_EQ(first.size(), static_cast<std::size_t>(pages));
  EXPECT_EQ(again, first);
  const auto log = server.log(before + pages + 1);
  EXPECT_EQ(std::ranges::count_if(log, [](const auto& r) { return r.status == 304; }), pages);
}

TEST_F(CrawlOfNginx, ThroughARealProxyIsTheSame) {
  if (testing::program("tinyproxy").empty()) GTEST_SKIP() << "tinyproxy is not installed; deploy/setup.sh installs it";
  const std::uint16_t port = testing::free_port();
  const testing::peer proxy({"tinyproxy", "-d", "-c", "{file}"}, port, "Port " + std::to_string(port) + "\nListen 127.0.0.1\nTimeout 5\nMaxClients 50\nLogLevel Warning\n");
  const std::string sets = "fetch.proxies=[\"http://127.0.0.1:" + std::to_string(port) + "\"]";
  expect_whole_tree(nginx(tree()), "1.1", {sets});
  expect_whole_tree(nginx(tree(), {.ca = &ca(), .listen = "http2"}), "2", {sets});
}

}  // namespace
}  // namespace trawl
