#include "server/schedule/job_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace trawl::server {
namespace {

using ::testing::HasSubstr;

class JobDirectory : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(path_); }
  void TearDown() override { std::filesystem::remove_all(path_); }
  std::string put(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
    return (path_ / name).string();
  }
  std::vector<std::string> names(const job_directory::news& n) const {
    std::vector<std::string> out;
    for (const auto& f : n.changed) out.push_back(f.name);
    return out;
  }
  std::filesystem::path path_ = std::filesystem::temp_directory_path() / ("trawl-jobs-" + std::to_string(::getpid()) + ::testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(JobDirectory, SaysWhatIsNew) {
  job_directory d(path_);
  const std::string a = put("a.yaml", "seeds: [\"http://h/\"]\nschedule: {cron: \"@daily\"}");
  put("b.json", R"({"name": "bee", "seeds": ["http://h/"]})");
  put(".hidden.yaml", "x");
  put("readme.txt", "x");
  const auto first = d.look();
  EXPECT_EQ(names(first), (std::vector<std::string>{"a", "bee"}));
  EXPECT_TRUE(first.changed[0].problems.empty());
  EXPECT_EQ(first.changed[0].plan->cron, "@daily");
  EXPECT_FALSE(first.changed[1].plan);
  EXPECT_TRUE(d.look().changed.empty());
  put("a.yaml", "seeds: [\"http://h/\"]\nschedule: {cron: \"@weekly\"}");
  EXPECT_EQ(names(d.look()), std::vector<std::string>{"a"});
  std::filesystem::remove(a);
  const auto gone = d.look();
  EXPECT_TRUE(gone.changed.empty());
  EXPECT_EQ(gone.gone, std::vector<std::string>{a});
  EXPECT_FALSE(d.knows(a));
}

TEST_F(JobDirectory, AFileThatIsExtendedCountsToo) {
  job_directory d(path_);
  std::filesystem::create_directory(path_ / "base");
  put("base/all.yaml", "schedule: {cron: \"@daily\"}");
  put("a.yaml", "extends: base/all.yaml\nseeds: [\"http://h/\"]");
  EXPECT_EQ(d.look().changed.at(0).plan->cron, "@daily");
  put("base/all.yaml", "schedule: {cron: \"@monthly\"}");
  EXPECT_EQ(d.look().changed.at(0).plan->cron, "@monthly");
  EXPECT_TRUE(d.look().changed.empty());
}

TEST_F(JobDirectory, ABrokenFileIsToldOnceWithItsPlace) {
  job_directory d(path_);
  put("a.yaml", "seeds: [\"http://h/\"]\nschedule:\n  cron: \"0 25 * * *\"\n  timezone: UTC");
  put("b.yaml", "seeds: [");
  put("c d.yaml", "seeds: [\"http://h/\"]");
  const auto n = d.look();
  ASSERT_EQ(n.changed.size(), 3U);
  EXPECT_THAT(n.changed[0].problems.at(0), HasSubstr("a.yaml:3:9: schedule.cron: hour: 25 is not from 0 to 23"));
  EXPECT_THAT(n.changed[1].problems.at(0), HasSubstr("b.yaml:1:"));
  EXPECT_THAT(n.changed[2].problems.at(0), HasSubstr("a key 'name'"));
  EXPECT_TRUE(d.look().changed.empty());
  put("b.yaml", "seeds: [\"http://h/\"]");
  EXPECT_TRUE(d.look().changed.at(0).problems.empty());
}

TEST_F(JobDirectory, ADirectoryThatIsNotThereIsToldOnce) {
  job_directory d(path_ / "none");
  EXPECT_THAT(d.look().problem, HasSubstr("jobs.dir: "));
  EXPECT_EQ(d.look().problem, "");
  EXPECT_FALSE(d.look().is_read);
  std::filesystem::create_directory(path_ / "none");
  EXPECT_TRUE(d.look().is_read);
}

TEST_F(JobDirectory, WhatIsShownHidesSecrets) {
  put("password", "opensesame");
  const std::string file = put("a.yaml", "seeds: [\"http://h/\"]\npoliteness: {contact: \"mailto:${file:" + (path_ / "password").string() + "}@h\"}");
  const auto read = read_job_file(file, "a");
  EXPECT_TRUE(read.problems.empty());
  EXPECT_THAT(read.text, HasSubstr("opensesame"));
  EXPECT_EQ(read.shown.find("opensesame"), std::string::npos);
}

}  // namespace
}  // namespace trawl::server
