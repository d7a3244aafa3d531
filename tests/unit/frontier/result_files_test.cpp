#include "crawler/frontier/store/result_files.hpp"

#include <gtest/gtest.h>

#include "tests/support/temp_directory.hpp"

namespace trawl::frontier::store {
namespace {

TEST(ResultFiles, ReadWhatWasFlushedAndNothingElse) {
  const testing::temp_directory scratch;
  result_files files(scratch.path() / "records");
  const spot first = files.append("first"), second = files.append("second one");
  EXPECT_EQ(files.read(first), std::nullopt);
  files.flush();
  EXPECT_EQ(files.read(first), "first");
  EXPECT_EQ(files.read(second), "second one");
  spot longer = first;  // as where an older frame stands in a newer one's place
  longer.size += second.size;
  EXPECT_EQ(files.read(longer), std::nullopt);
}

TEST(ResultFiles, GoOnBehindTheLastThatCounts) {
  const testing::temp_directory scratch;
  std::optional<spot> kept;
  {
    result_files files(scratch.path() / "records", 64);  // a file holds few of them
    for (int i = 0; i < 10; ++i) {
      const spot at = files.append("record " + std::to_string(i));
      if (i == 4) kept = at;
    }
    files.flush();
  }
  result_files files(scratch.path() / "records", 64);
  files.cut(kept);
  const spot next = files.append("another");
  files.flush();
  EXPECT_EQ(files.read(*kept), "record 4");
  EXPECT_EQ(files.read(next), "another");
  EXPECT_TRUE(next.file == kept->file ? next.offset == kept->offset + kept->size : next.file == kept->file + 1 && next.offset == 0);
}

// A file that was looked into before it was removed is another one afterwards.
TEST(ResultFiles, WhatIsWrittenBehindACutIsThereForTheNextProcess) {
  const testing::temp_directory scratch;
  spot again;
  {
    result_files files(scratch.path() / "records");
    const spot first = files.append("first");
    files.flush();
    EXPECT_EQ(files.read(first), "first");
    files.cut(std::nullopt);
    again = files.append("again");
    files.flush();
    files.take_unsynced().sync();
  }
  const result_files files(scratch.path() / "records");
  EXPECT_EQ(files.read(again), "again");
}

}  // namespace
}  // namespace trawl::frontier::store
