// Result logs on disk: what is read of damaged files, and what is never done to them.
#include "crawler/frontier/log/segment_log.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>
#include <string>

namespace trawl::frontier {
namespace {

namespace fs = std::filesystem;
namespace asio = boost::asio;

/// Two files of three entries each, and the log they belong to is over.
class SegmentLog : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(path_);
    segment_log log(path_, 3 * entry_bytes);
    for (int i = 0; i < 6; ++i) append(log);
    log.close();
    ASSERT_TRUE(fs::exists(file(1)) && fs::exists(file(4)));
  }
  void TearDown() override { fs::remove_all(path_); }

  static void append(segment_log& log) {
    asio::io_context loop;
    asio::co_spawn(loop, log.append(R"({"job":"x","seq":0})", true), [](std::exception_ptr, std::uint64_t) {});
    loop.run();
  }
  fs::path file(int first) const { return path_ / ("0000000000000000000" + std::to_string(first) + ".seg"); }
  static std::string seqs(segment_log& log) {
    std::string out;
    for (auto e = log.poll(0); e; e = log.poll(e->seq)) out += std::to_string(e->seq);
    return out;
  }

  static constexpr std::uint64_t entry_bytes = 8 + 1 + 19;
  fs::path path_ = fs::temp_directory_path() / ("trawl-segments-" + std::to_string(::getpid()) + ::testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(SegmentLog, IsReadWithoutBeingChanged) {
  const auto log = segment_log::open_to_read(path_);
  EXPECT_EQ(seqs(*log), "123456");
  EXPECT_EQ(log->readable(), 6U);
  EXPECT_TRUE(log->closed());
  EXPECT_TRUE(log->damages().empty());
  EXPECT_EQ(static_cast<unsigned>(fs::status(file(1)).permissions()), 0600U);
}

TEST_F(SegmentLog, ATornTailIsToldAndKept) {
  fs::resize_file(file(4), 2 * entry_bytes + 5);
  const auto log = segment_log::open_to_read(path_);
  EXPECT_EQ(seqs(*log), "12345");
  EXPECT_EQ(log->synced_seq(), 5U);
  ASSERT_EQ(log->damages().size(), 1U);
  EXPECT_EQ(log->damages()[0].file, file(4));
  EXPECT_EQ(log->damages()[0].at, 2 * entry_bytes);
  EXPECT_EQ(log->damages()[0].bytes, 5U);
  EXPECT_EQ(fs::file_size(file(4)), 2 * entry_bytes + 5);
}

TEST_F(SegmentLog, WhatStandsBehindDamageIsRead) {
  {
    std::fstream f(file(1), std::ios::in | std::ios::out | std::ios::binary);
    f.seekp(static_cast<std::streamoff>(entry_bytes + 12));
    f.put('#');
  }
  const auto log = segment_log::open_to_read(path_);
  EXPECT_EQ(seqs(*log), "1456");
  EXPECT_EQ(log->readable(), 4U);
  EXPECT_EQ(log->synced_seq(), 6U);
  EXPECT_EQ(log->damages().at(0).bytes, 2 * entry_bytes);
  fs::remove(file(4));
  EXPECT_EQ(segment_log::open_to_read(path_)->synced_seq(), 1U);
}

TEST_F(SegmentLog, OpenedToWriteATornTailIsCut) {
  fs::resize_file(file(4), 2 * entry_bytes + 5);
  segment_log log(path_);
  EXPECT_EQ(fs::file_size(file(4)), 2 * entry_bytes);
  append(log);
  EXPECT_EQ(seqs(log), "123456");
}

}  // namespace
}  // namespace trawl::frontier
