#include "crawler/frontier/store/journal/small_rows.hpp"

#include <gtest/gtest.h>

namespace trawl::frontier::store {
namespace {

/// All that a reader was told, as text.
std::string told(std::string_view bytes, bool& is_whole) {
  std::string out;
  const auto say = [&](const auto&... words) { ((out += words, out += ' '), ...); };
  is_whole = read_small_rows(bytes, {.seen = [&](std::uint64_t print, const seen_row& whose) { say("seen", std::to_string(print), std::to_string(whose.at.priority), std::to_string(whose.at.depth), std::to_string(whose.at.order), whose.holder); },
                                     .forgotten = [&](std::uint64_t print) { say("forgotten", std::to_string(print)); },
                                     .host = [&](const std::string& name, const host_row& row) { say("host", name, std::to_string(row.queued), std::to_string(row.held_until.at_ms)); },
                                     .tally = [&](const std::string& name, std::uint64_t value) { say("tally", name, std::to_string(value)); },
                                     .job = [&](const job_row& row) { say("job", std::to_string(row.batch), std::to_string(row.synced)); }});
  return out;
}

small_rows one_of_each() {
  small_rows out;
  out.seen(5, {.at = {-2, 3, 400}, .holder = {}}).seen(6, {.at = {}, .holder = "row"}).forgotten(7);
  out.host("h:1", {.queued = 8, .discovered = 9, .pages = 1, .delay_ms = -1, .held_until = {1234, 5}}).tally("status/200", 300);
  out.job({.discovered = 1, .recorded = 2, .queued = 3, .duplicates = 4, .pages = 5, .order = 6, .seq = 7, .batch = 8, .synced = 9, .seeds = {}});
  return out;
}

TEST(SmallRows, ComeBackInTheirOrder) {
  bool is_whole = false;
  EXPECT_EQ(told(one_of_each().bytes(), is_whole), "seen 5 -2 3 400  seen 6 0 0 0 row forgotten 7 host h:1 8 1234 tally status/200 300 job 8 9 ");
  EXPECT_TRUE(is_whole);
}

TEST(SmallRows, NobodyHasToListen) { EXPECT_TRUE(read_small_rows(one_of_each().bytes(), {})); }

// A row that was cut is told as far as it goes, and never more than was written.
TEST(SmallRows, AreReadToTheirFault) {
  const small_rows rows = one_of_each();
  bool is_whole = false;
  const std::string all = told(rows.bytes(), is_whole);
  std::size_t whole_ones = 0;
  for (std::size_t size = 0; size < rows.bytes().size(); ++size) {
    EXPECT_TRUE(all.starts_with(told(rows.bytes().substr(0, size), is_whole)));
    whole_ones += is_whole ? 1 : 0;
  }
  EXPECT_EQ(whole_ones, 6U) << "where one ends and the next begins, and nothing at all";
  EXPECT_FALSE(read_small_rows("\x7F", {})) << "no such change";
}

}  // namespace
}  // namespace trawl::frontier::store
