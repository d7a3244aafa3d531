#include "crawler/frontier/crash/crash_marks.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <functional>
#include <vector>

#include "tests/support/temp_directory.hpp"

namespace trawl::frontier {
namespace {

struct CrashMarks : ::testing::Test {
  testing::temp_directory scratch;
  std::filesystem::path file = scratch.path() / "reading";

  /// A process that reads these and is killed as it does so.
  void crash(const std::vector<std::uint64_t>& while_reading) const {
    const pid_t child = ::fork();
    if (child == 0) {
      crash_marks marks(file);
      const std::function<void(std::size_t)> read_all = [&](std::size_t i) {  // each mark stands while the others are set
        if (i == while_reading.size()) ::raise(SIGKILL);
        const auto mark = marks.reading(while_reading[i]);
        read_all(i + 1);
      };
      { const auto read_before = marks.reading(99); }
      read_all(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status));
  }
};

TEST_F(CrashMarks, TheSecondCrashQuarantines) {
  EXPECT_FALSE(crash_marks(file).has_suspects());
  crash({7, 8});
  {
    const crash_marks marks(file);
    EXPECT_TRUE(marks.has_suspects());
    for (const std::uint64_t print : {7, 8, 99}) EXPECT_FALSE(marks.is_quarantined(print));
  }
  crash({8});
  const crash_marks marks(file);
  EXPECT_TRUE(marks.is_quarantined(8));
  EXPECT_FALSE(marks.is_quarantined(7));
  EXPECT_FALSE(marks.is_quarantined(99));  // it was read to its end
}

TEST_F(CrashMarks, ARecordClearsTheCount) {
  crash({7});
  {
    crash_marks marks(file);
    marks.forget(7);
    EXPECT_FALSE(marks.has_suspects());
  }
  crash({7});
  EXPECT_FALSE(crash_marks(file).is_quarantined(7));
}

TEST_F(CrashMarks, QuarantineStaysUntilThereIsARecord) {
  crash({7});
  crash({7});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(crash_marks(file).is_quarantined(7));
  crash({});
  crash_marks marks(file);
  EXPECT_TRUE(marks.is_quarantined(7));
  marks.forget(7);
  EXPECT_FALSE(marks.is_quarantined(7));
}

TEST_F(CrashMarks, MoreThanThereIsRoomForIsNotCounted) {
  std::vector<std::uint64_t> many;
  for (std::uint64_t print = 1000; print < 5000; ++print) many.push_back(print);
  crash(many);
  crash(many);
  const crash_marks marks(file);
  EXPECT_TRUE(marks.is_quarantined(1000));
  EXPECT_FALSE(marks.is_quarantined(4999));
}

TEST_F(CrashMarks, AnythingElseInTheFileIsNoMark) {
  for (const std::string& text : {std::string(), std::string("nonsense"), std::string(1 << 16, 'x')}) {
    std::ofstream(file, std::ios::binary) << text;
    EXPECT_FALSE(crash_marks(file).has_suspects());
  }
}

TEST_F(CrashMarks, WithoutAPlaceNothingIsMarked) {
  crash_marks marks(scratch.path() / "no such directory" / "reading");
  const auto mark = marks.reading(7);
  EXPECT_FALSE(marks.is_quarantined(7));
  EXPECT_FALSE(marks.has_suspects());
}

}  // namespace
}  // namespace trawl::frontier
