#include "tests/unit/fetch/fetching.hpp"

#include "crawler/fetch/decorators.hpp"

namespace trawl::fetch {
namespace {

std::string header_of(const request& r, std::string_view name) {
  std::string all;
  for (const auto& [key, value] : r.headers)
    if (equal_ignoring_case(key, name)) all += (all.empty() ? "" : "|") + value;
  return all;
}

CO_TEST(Identity, SaysWhoAsksAndWhatIsUnderstood) {
  scripted_fetch next;
  next.then(answer_of(200));
  const auto fetch = with_identity(next.function(), "trawl/1", {});
  co_await fetch(ask_for("http://a/"));
  EXPECT_EQ(header_of(next.asked()[0], "user-agent"), "trawl/1");
  EXPECT_EQ(header_of(next.asked()[0], "accept-encoding"), "gzip, deflate, br, zstd");
  EXPECT_FALSE(header_of(next.asked()[0], "accept").empty());
}

CO_TEST(Identity, AsksForTheCodingsOfTheJob) {
  for (const auto& [wanted, said] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"gzip", "deflate", "br", "zstd"}, "gzip, deflate, br, zstd"}, {{"zstd", "deflate"}, "zstd, deflate"}, {{}, "identity"}}) {
    scripted_fetch next;
    next.then(answer_of(200));
    config::fetch settings;
    settings.compression = wanted;
    const auto fetch = with_identity(next.function(), "trawl/1", settings);
    co_await fetch(ask_for("http://a/"));
    EXPECT_EQ(header_of(next.asked()[0], "accept-encoding"), said);
  }
}

CO_TEST(Identity, TheSeedsHeadersWinOverTheJobsAndTheseOverOurs) {
  scripted_fetch next;
  next.then(answer_of(200));
  config::fetch settings;
  settings.headers = {{"Accept", "text/plain"}, {"X-Job", "job"}, {"X-Both", "job"}};
  request r = ask_for("http://a/");
  r.headers = {{"x-both", "seed"}};
  const auto fetch = with_identity(next.function(), "trawl/1", settings);
  co_await fetch(r);
  EXPECT_EQ(header_of(next.asked()[0], "accept"), "text/plain");
  EXPECT_EQ(header_of(next.asked()[0], "x-job"), "job");
  EXPECT_EQ(header_of(next.asked()[0], "x-both"), "seed");
}

CO_TEST(Traffic, CountsRequestsBytesAndFailures) {
  scripted_fetch next;
  response page = answer_of(200, {}, "0123456789");
  page.wire_bytes = 4;
  next.then(std::move(page)).then(fail(errc::connect_reset));
  traffic totals;
  const auto fetch = with_traffic(next.function(), totals);
  co_await fetch(ask_for("http://a/"));
  co_await fetch(ask_for("http://a/"));
  EXPECT_EQ(totals.requests, 2U);
  EXPECT_EQ(totals.failures, 1U);
  EXPECT_EQ(totals.wire_bytes, 4U);
  EXPECT_EQ(totals.bytes, 10U);
}

}  // namespace
}  // namespace trawl::fetch
