// scope.revisit_after, as the server sees it.
#include <gtest/gtest.h>

#include "tests/support/crawl_run.hpp"
#include "tests/support/temp_directory.hpp"

namespace trawl {
namespace {

using testing::no_page;

/// What a record says of its visit.
std::string fate_of(const nlohmann::json& r) {
  return std::to_string(r["visit"].get<int>()) + ' ' + r["outcome"].get<std::string>() + ' ' + (r["status"].is_null() ? "none" : std::to_string(r["status"].get<int>()));
}

TEST(RevisitAfter, AsksWhetherPagesHaveChangedAndSaysWhatBecameOfThem) {
  testing::temp_directory scratch;
  int run = 1;
  site::server s(no_page);
  s.on("/", [&](const auto&) { return testing::html("<a href=/etag>e</a><a href=/date>d</a><a href=/same>s</a><a href=/changed>c</a><a href=/gone>g</a>" + std::string(run == 1 ? "" : "<a href=/new>n</a>")); });
  s.on("/etag", [](const site::seen_request& r) { return r.header("if-none-match") == "\"v1\"" ? site::reply{site::head(304, "ETag: \"v1\"\r\n")} : site::page("<title>e</title>", 200, "text/html", "ETag: \"v1\"\r\n"); });
  s.on("/date", [](const site::seen_request& r) {
    return r.header("if-modified-since") == "Mon, 02 Nov 2026 10:00:00 GMT" ? site::reply{site::head(304)} : site::page("<title>d</title>", 200, "text/html", "Last-Modified: Mon, 02 Nov 2026 10:00:00 GMT\r\n");
  });
  s.on("/same", [](const auto&) { return testing::html("same"); });
  s.on("/changed", [&](const auto&) { return testing::html("run " + std::to_string(run)); });
  s.on("/gone", [&](const site::seen_request& r) { return run == 1 ? testing::html("still here") : no_page(r); });
  s.on("/new", [](const auto&) { return testing::html("new"); });
  const auto crawl = [&] {
    testing::crawl_options how{true, testing::quick, scratch.path() / "state"};
    how.sets.push_back("scope.revisit_after=1ms");
    return testing::run_crawl("seeds: [\"" + s.url("/") + "\"]\n", how);
  };
  EXPECT_EQ(crawl().records.size(), 6U);
  run = 2;
  const auto second = crawl();
  std::map<std::string, std::string> fates;
  for (const auto& r : second.records) fates[r["url"].get<std::string>()] = fate_of(r);  // the later one stays
  EXPECT_EQ(second.records.size(), 13U);
  EXPECT_EQ(fates.at(s.url("/")), "2 changed 200");
  EXPECT_EQ(fates.at(s.url("/etag")), "2 unchanged 304");
  EXPECT_EQ(fates.at(s.url("/date")), "2 unchanged 304");
  EXPECT_EQ(fates.at(s.url("/same")), "2 unchanged 200");
  EXPECT_EQ(fates.at(s.url("/changed")), "2 changed 200");
  EXPECT_EQ(fates.at(s.url("/gone")), "2 gone 404");
  EXPECT_EQ(fates.at(s.url("/new")), "1 new 200");
  const auto third = crawl();
  EXPECT_EQ(s.count("/etag"), 3U);
  EXPECT_EQ(third.records.size(), 20U);
}

TEST(RevisitAfter, LeavesWhatIsYoungAlone) {
  testing::temp_directory scratch;
  site::server s(no_page);
  s.on("/", [](const auto&) { return testing::html("once"); });
  for (int run = 0; run < 2; ++run) {
    testing::crawl_options how{true, testing::quick, scratch.path() / "state"};
    how.sets.push_back("scope.revisit_after=1h");
    EXPECT_EQ(testing::run_crawl("seeds: [\"" + s.url("/") + "\"]\n", how).records.size(), 1U);
  }
  EXPECT_EQ(s.count("/"), 1U);
}

TEST(Expect, LooksAtTheLatestVisitOfAUrl) {
  testing::temp_directory scratch;
  int run = 1;
  site::server s(no_page);
  s.on("/", [](const site::seen_request& r) {  // unchanged: what the first visit gave still holds
    const std::string tag = "ETag: \"v1\"\r\n";
    return r.header("if-none-match").empty() ? site::page("<h1>t</h1><p class=i>1</p><p class=i>2</p><a href=/late>l</a><a href=/changed>c</a>", 200, "text/html", tag) : site::reply{site::head(304, tag)};
  });
  s.on("/late", [&](const site::seen_request& r) { return run == 1 ? no_page(r) : testing::html("<p class=i>1</p>"); });
  s.on("/changed", [&](const auto&) { return testing::html(run == 1 ? "<h1>t</h1><p class=i>1</p><p class=i>2</p>" : "<h1>t</h1><p class=i>1</p>"); });
  const auto unmet = [&](const std::string& expect) {
    testing::crawl_options how{true, testing::quick, scratch.path() / "state"};
    how.sets.insert(how.sets.end(), {"scope.revisit_after=1ms", "expect=" + expect, "extract={fields: {title: h1}, items: {each: .i, fields: {n: p}}}"});
    return testing::run_crawl("seeds: [\"" + s.url("/") + "\"]\n", how).unmet;
  };
  const auto none = std::vector<std::string>{};
  EXPECT_EQ(unmet("{pages: 3, items: 5, ok_ratio: 1}"), (std::vector<std::string>{"expect.pages: 2, at least 3 was expected", "expect.items: 4, at least 5 was expected", "expect.ok_ratio: 0.666667, at least 1 was expected"}));
  run = 2;
  EXPECT_EQ(unmet("{pages: 4, items: 5, ok_ratio: 1, fields: {title: 0.7}}"), (std::vector<std::string>{"expect.pages: 3, at least 4 was expected", "expect.items: 4, at least 5 was expected", "expect.fields.title: 0.666667, at least 0.7 was expected"}));
  EXPECT_EQ(unmet("{pages: 3, items: 4, ok_ratio: 1, fields: {title: 0.66}}"), none);
}

TEST(State, CookiesArePartOfIt) {
  testing::temp_directory scratch;
  site::server s(no_page);
  std::vector<std::string> cookies;
  s.on("/", [&](const site::seen_request& r) {
    cookies.emplace_back(r.header("cookie"));
    return site::page("<title>t</title>", 200, "text/html", "Set-Cookie: session=1\r\nSet-Cookie: long=2; Max-Age=600\r\nSet-Cookie: gone=3; Max-Age=0\r\n");
  });
  for (int run = 0; run < 2; ++run) {
    testing::crawl_options how{true, testing::quick, scratch.path() / "state"};
    how.sets.push_back("scope.revisit_after=1ms");
    testing::run_crawl("seeds: [\"" + s.url("/") + "\"]\n", how);
  }
  EXPECT_EQ(cookies, (std::vector<std::string>{"", "session=1; long=2"}));
}

}  // namespace
}  // namespace trawl
