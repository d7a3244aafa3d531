// trawl plan: what it asks for, and what it says of it.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/cli/process.hpp"
#include "tests/site/server.hpp"

namespace trawl::cli {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;

/// A site with a robots.txt and a sitemap of four URLs, one of them forbidden and one of another host.
class planned_site {
 public:
  planned_site() : server_([this](const site::seen_request& r) { return answer(r); }) {}
  std::string url(const std::string& target) const { return server_.url(target); }
  std::size_t requests() const { return server_.log().size(); }
  std::size_t count(const std::string& target) const { return server_.count(target); }

 private:
  site::reply answer(const site::seen_request& r) const {
    if (r.target == "/robots.txt") return site::page("User-agent: *\nDisallow: /private\nCrawl-delay: 2\nSitemap: " + server_.url("/map.xml") + "\n", 200, "text/plain");
    if (r.target != "/map.xml") return site::page("a page");
    std::string urls;
    for (const std::string& entry : {server_.url("/a"), server_.url("/b"), server_.url("/private/c"), std::string("http://elsewhere.test/")}) urls += "<url><loc>" + entry + "</loc></url>";
    return site::page("<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>" + urls + "</urlset>", 200, "application/xml");
  }
  site::server server_;
};

TEST(Plan, AsksForRobotsAndSitemapsOnly) {
  const scratch s;
  const planned_site site;
  const auto got = trawl({"plan", site.url("/"), site.url("/private/x"), "--json", "--set", "scope.exclude=[\"*/b\"]"}, s);
  EXPECT_EQ(got.code, 0) << got.err;
  const json told = json::parse(got.out, nullptr, false);
  ASSERT_EQ(told["seeds"].size(), 2U) << got.out;
  EXPECT_EQ(told["seeds_fetched"], 1);
  for (const json& seed : told["seeds"]) {
    const bool is_private = seed["url"] == site.url("/private/x");
    EXPECT_EQ(seed["verdict"], is_private ? "robots.disallowed" : "fetched");
    if (is_private) EXPECT_EQ(seed["rule"], "Disallow: /private");
  }
  ASSERT_EQ(told["hosts"].size(), 1U);
  const json host = told["hosts"][0];
  EXPECT_EQ(host["seeds"], 1);
  EXPECT_EQ(host["from_sitemaps"], 1);
  EXPECT_EQ(host["forbidden"], 2);
  EXPECT_EQ(host["delay_ms"], 2000);
  EXPECT_EQ(host["time_s"], 4);
  EXPECT_EQ(told["filtered_from_sitemaps"], 2);
  EXPECT_EQ(site.requests(), 2U);
  EXPECT_EQ(site.count("/map.xml"), 1U);
}

TEST(Plan, SaysItInWordsAndFailsWithoutASeed) {
  const scratch s;
  const planned_site site;
  const auto got = trawl({"plan", site.url("/private/x")}, s);
  EXPECT_EQ(got.code, 1);
  EXPECT_THAT(got.out, AllOf(HasSubstr("seeds: 1, of which 0 may be fetched"), HasSubstr("robots.disallowed"), HasSubstr("(Disallow: /private)"), HasSubstr("warning: no seed may be fetched")));
  EXPECT_EQ(trawl({"plan", "none.yaml"}, s).code, 2);
}

}  // namespace
}  // namespace trawl::cli
