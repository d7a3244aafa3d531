// What keeps a crawl from sites that are endless or say the same again: quotas, traps, duplicates, as the server sees them.
#include <gtest/gtest.h>

#include "tests/support/crawl_run.hpp"

namespace trawl {
namespace {

using testing::crawl_from;
using testing::html;
using testing::no_page;

std::string links_to(const std::string& prefix, int count) {
  std::string out;
  for (int i = 1; i <= count; ++i) out += "<a href='" + prefix + std::to_string(i) + "'>l</a>";
  return out;
}

std::uint64_t pages_asked(const site::server& s) { return s.log().size() - s.count("/robots.txt"); }

std::uint64_t filtered_by(const testing::crawl_outcome& o, const std::string& rule) {
  const auto found = o.numbers.filtered.find(rule);
  return found == o.numbers.filtered.end() ? 0 : found->second.count;
}

TEST(ScopeMaxPagesPerHost, TheRestIsFiltered) {
  site::server s([](const auto&) { return html("ok"); });
  s.on("/robots.txt", no_page);
  s.on("/", [](const auto&) { return html(links_to("/", 40)); });
  s.on("/1", [](const auto&) { return site::redirect("/elsewhere"); });
  const auto o = crawl_from(s.url("/"), {"scope.max_pages_per_host=10", "politeness.per_host=8"});
  EXPECT_EQ(o.ended, engine::ending::drained);
  EXPECT_EQ(o.records.size(), 10U);
  EXPECT_LE(pages_asked(s), 11U);  // a redirect is one page more to ask for
  EXPECT_EQ(filtered_by(o, "quota"), 31U);
  EXPECT_EQ(o.rejected.size(), 31U);
  EXPECT_EQ(o.numbers.books.discovered, 10U);
}

TEST(ScopeMaxPagesPerHost, IsForEachHost) {
  site::server one([](const auto&) { return html("ok"); }), two([](const auto&) { return html("ok"); });
  one.on("/robots.txt", no_page);
  two.on("/robots.txt", no_page);
  const auto o = testing::run_crawl("seeds: [\"" + one.url("/{1..9}") + "\", \"" + two.url("/{1..3}") + "\"]", {.sets = {"scope.max_pages_per_host=4"}});
  EXPECT_EQ(pages_asked(one), 4U);
  EXPECT_EQ(pages_asked(two), 3U);
  EXPECT_EQ(filtered_by(o, "quota"), 5U);
}

}  // namespace
}  // namespace trawl
