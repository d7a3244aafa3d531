#include "server/client/job_status.hpp"

#include <gmock/gmock.h>

#include "crawler/model/json_text.hpp"

namespace trawl::server::client {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

engine::progress some_numbers() {
  engine::progress p;
  p.books = {.discovered = 100, .recorded = 60, .queued = 38, .in_flight = 2, .duplicates = 5, .pages = 58};
  p.statuses = {{200, 50}, {404, 8}};
  p.errors = {{"timeout.total", 2}};
  p.filtered["scope.within"].count = 3;
  p.filtered["scope.within"].samples = {"https://o/"};
  p.requests = 70;
  p.wire_bytes = 1 << 20;
  p.bytes = 3 << 20;
  p.elapsed = 12500ms;
  return p;
}

/// As the service writes it: the numbers by the engine's own writer.
json status(const std::string& state, const engine::progress& p, const std::string& more = "") {
  std::string out;
  json_object o(out);
  o.text("id", "019a");
  o.text("name", "docs");
  o.text("state", state);
  engine::append_members(o, out, p);
  out += more;
  o.close();
  return json::parse(out);
}

TEST(JobStatus, ReadsTheEnginesOwnNumbers) {
  const engine::progress p = some_numbers();
  const auto got = read_status(status("running", p, R"(,"rates":{"pages_per_second":4.5,"bytes_per_second":1000},"reason":null)"));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->numbers.books, p.books);
  EXPECT_EQ(got->numbers.statuses, p.statuses);
  EXPECT_EQ(got->numbers.errors, p.errors);
  EXPECT_EQ(got->numbers.filtered.at("scope.within").samples, p.filtered.at("scope.within").samples);
  EXPECT_EQ(got->numbers.elapsed, p.elapsed);
  EXPECT_EQ(summary_table(got->numbers, "docs", "x"), summary_table(p, "docs", "x"));
  EXPECT_FALSE(got->is_over());
  EXPECT_EQ(status_line(*got, {}), "58 pages  4.5 pages/s  1.0 KiB/s  38 queued  2 in flight  2 failed");
}

TEST(JobStatus, OfOtherTypesNothingIsTaken) {
  EXPECT_FALSE(read_status(json::parse(R"({"state":"running"})")));
  EXPECT_FALSE(read_status(json::parse(R"({"id":1,"state":"running"})")));
  const auto got = read_status(json::parse(R"({"id":"a","state":"queued","counts":[],"errors":{"x":"y"},"statuses":{"z":-1},"filtered":{"r":1},"rates":7,"elapsed_s":"no"})"));
  ASSERT_TRUE(got);
  EXPECT_EQ(status_line(*got, {}), "queued  0 pages  0.0 pages/s  0 B/s  0 queued  0 in flight  0 failed");
}

TEST(JobStatus, ExitCodesFollowTheState) {
  for (const auto& [state, code] : {std::pair("completed", 0), std::pair("failed", 1), std::pair("cancelled", 3)}) {
    const auto got = read_status(status(state, some_numbers()));
    EXPECT_TRUE(got->is_over());
    EXPECT_EQ(got->exit_code(), code) << state;
  }
  EXPECT_FALSE(read_status(status("paused", some_numbers()))->is_over());
}

TEST(JobStatus, TheEndHasStateWordAndReason) {
  const auto got = read_status(status("failed", some_numbers(), R"(,"ended":"drained","reason":"no \u001b[1mpages")"));
  EXPECT_THAT(end_text(*got), HasSubstr("docs: failed (drained) after 12.50 s\n"));
  EXPECT_THAT(end_text(*got), Not(HasSubstr("\x1b")));
}

TEST(JobStatus, TheTimeLeftComesFromTheJobsBounds) {
  const config::job bounds = read_bounds(json::parse(R"({"scope":{"max_pages":148},"limits":{"duration":"1h","bytes":"2MiB"}})"));
  EXPECT_EQ(bounds.scope.max_pages, 148U);
  EXPECT_EQ(bounds.limits.duration, config::duration(1h));
  EXPECT_EQ(bounds.limits.bytes.bytes, 2U << 20);
  const auto got = read_status(status("running", some_numbers(), R"(,"rates":{"pages_per_second":9,"bytes_per_second":0})"));
  EXPECT_THAT(status_line(*got, bounds), HasSubstr("  10 s left"));
}

}  // namespace
}  // namespace trawl::server::client
