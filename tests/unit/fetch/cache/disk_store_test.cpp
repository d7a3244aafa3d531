#include "crawler/fetch/cache/disk_store.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <functional>
#include <iterator>
#include <thread>
#include <vector>

#include "crawler/fetch/cache/books.hpp"

namespace trawl::fetch {
namespace {

namespace files = std::filesystem;
using namespace std::chrono_literals;

constexpr std::uint64_t roomy = 64 << 20;

/// A directory of the case's own.
class store_directory : public ::testing::Test {
 protected:
  store_directory() : dir_(files::path(::testing::TempDir()) / ("trawl_store_" + std::to_string(::getpid()) + '_' + ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    files::remove_all(dir_);
  }
  ~store_directory() override { files::remove_all(dir_); }

  files::path place_of(const std::string& key) const {
    const std::string name = hex_digest(key);
    return dir_ / "v1" / name.substr(0, 2) / name.substr(2);
  }
  /// What all entries take, as the file system sees it.
  std::uint64_t size_of_entries() const {
    std::uint64_t out = 0;
    for (const auto& each : files::recursive_directory_iterator(dir_ / "v1"))
      if (each.is_regular_file() && each.path().filename() != "books") out += on_disk(each.file_size());
    return out;
  }
  std::size_t being_written() const { return static_cast<std::size_t>(std::distance(files::directory_iterator(dir_ / "v1" / "new"), files::directory_iterator())); }
  /// The numbers count for an hour; this makes the next change count anew.
  void forget_numbers() const { files::remove(dir_ / "v1" / "books"); }

  files::path dir_;
};
using DiskStore = store_directory;

cache_entry entry_of(const std::string& key, std::string body) {
  cache_entry out;
  out.key = key;
  out.url = "http://h/";
  out.head.status = 200;
  out.answer.body = std::move(body);
  return out;
}

TEST_F(DiskStore, GivesBackWhatWasPut) {
  disk_store s(dir_, roomy);
  EXPECT_FALSE(s.find("a"));
  EXPECT_TRUE(s.put(entry_of("a", "one")));
  EXPECT_TRUE(s.put(entry_of("a", "two")));
  EXPECT_EQ(s.find("a")->answer.body, "two");
  EXPECT_EQ(disk_store(dir_, roomy).find("a")->answer.body, "two");
  s.erase("a");
  EXPECT_FALSE(s.find("a"));
  s.erase("a");
  EXPECT_EQ(being_written(), 0U);
}

TEST_F(DiskStore, IsForItsOwnerAlone) {
  disk_store(dir_, roomy).put(entry_of("a", "private"));
  struct stat info{};
  ASSERT_EQ(::stat((dir_ / "v1").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700U);
  ASSERT_EQ(::stat(place_of("a").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST_F(DiskStore, ADirectoryThatCantBeMadeIsSaid) {
  std::ofstream(dir_) << "a file";
  EXPECT_THROW(disk_store(dir_, roomy), std::runtime_error);
}

TEST_F(DiskStore, WhatIsDamagedOrForeignIsAMissAndGone) {
  disk_store s(dir_, roomy);
  s.put(entry_of("a", std::string(10'000, 'x')));
  const files::path place = place_of("a");
  const auto whole = files::file_size(place);
  const std::vector<void (*)(const files::path&)> damages = {
      [](const files::path& p) { files::resize_file(p, files::file_size(p) / 2); },
      [](const files::path& p) { files::resize_file(p, 0); },
      [](const files::path& p) { std::fstream(p, std::ios::in | std::ios::out | std::ios::binary).seekp(5000) << 'y'; },
      [](const files::path& p) { std::ofstream(p) << "not ours"; },
      [](const files::path& p) { files::remove(p), files::create_symlink("/dev/zero", p); },
      [](const files::path& p) {
        files::remove(p);
        ASSERT_EQ(::mkfifo(p.c_str(), 0600), 0);
      },
  };
  for (std::size_t i = 0; i < damages.size(); ++i) {
    ASSERT_TRUE(s.put(entry_of("a", std::string(10'000, 'x'))));
    ASSERT_EQ(files::file_size(place), whole);
    damages[i](place);
    EXPECT_FALSE(s.find("a")) << i;
    EXPECT_FALSE(files::exists(files::symlink_status(place))) << i;
  }
  EXPECT_TRUE(s.put(entry_of("a", "again")));
  EXPECT_EQ(s.find("a")->answer.body, "again");
}

TEST_F(DiskStore, AnotherKeysEntryUnderTheNameIsAMiss) {
  disk_store s(dir_, roomy);
  s.put(entry_of("a", "of a"));
  s.put(entry_of("b", "of b"));
  files::copy_file(place_of("b"), place_of("a"), files::copy_options::overwrite_existing);
  EXPECT_FALSE(s.find("a"));
  EXPECT_EQ(s.find("b")->answer.body, "of b");
}

TEST_F(DiskStore, SizeHoldsAllTheTimeAndTheLatestStays) {
  constexpr std::uint64_t most = 2 << 20;
  disk_store s(dir_, most);
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(s.put(entry_of(std::to_string(i), std::string(30'000, 'x')))) << i;
    if (i % 10 == 0) ASSERT_LE(size_of_entries(), most) << i;
    ASSERT_TRUE(s.find(std::to_string(i))) << i;
  }
  EXPECT_GT(size_of_entries(), most / 2);  // it makes room, not a clean sweep
}

TEST_F(DiskStore, WhatWasUsedLongestAgoGoesFirst) {
  constexpr std::uint64_t most = 4 << 20;
  disk_store s(dir_, most);
  // All in one folder, where the order is exact.
  std::vector<std::string> keys;
  for (int i = 0; keys.size() < 40; ++i)
    if (hex_digest(std::to_string(i)).starts_with("00")) keys.push_back(std::to_string(i));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    ASSERT_TRUE(s.put(entry_of(keys[i], std::string(100'000, 'x'))));
    files::last_write_time(place_of(keys[i]), files::file_time_type::clock::now() - std::chrono::hours(100 - i));
  }
  ASSERT_TRUE(s.find(keys[0]));  // the oldest, but used now
  for (std::size_t i = 0; i < 5; ++i) ASSERT_TRUE(s.put(entry_of("new " + std::to_string(i), std::string(100'000, 'x'))));
  EXPECT_TRUE(files::exists(place_of(keys[0])));
  EXPECT_FALSE(files::exists(place_of(keys[1])));
  EXPECT_TRUE(files::exists(place_of(keys.back())));
}

TEST_F(DiskStore, WhatIsTooLargeIsNotKept) {
  disk_store s(dir_, 1 << 20);
  s.put(entry_of("small", "x"));
  EXPECT_FALSE(s.put(entry_of("large", std::string(300'000, 'x'))));
  EXPECT_FALSE(s.find("large"));
  EXPECT_TRUE(s.find("small"));
}

TEST_F(DiskStore, LeavesAloneWhatIsNotItsOwn) {
  disk_store s(dir_, 1 << 20);
  s.put(entry_of("a", "x"));
  const std::vector<files::path> foreign = {dir_ / "mine.txt", dir_ / "v1" / "notes", dir_ / "v1" / "00" / "readme", place_of("a").parent_path() / "short"};
  for (const files::path& p : foreign) files::create_directories(p.parent_path()), std::ofstream(p) << std::string(50'000, 'f');
  for (int i = 0; i < 60; ++i) s.put(entry_of(std::to_string(i), std::string(60'000, 'x')));
  for (const files::path& p : foreign) EXPECT_EQ(files::file_size(p), 50'000U) << p;
}

TEST_F(DiskStore, CountsAnewWhenTheNumbersAreLostOrBroken) {
  constexpr std::uint64_t most = 1 << 20;
  disk_store s(dir_, most);
  for (int i = 0; i < 10; ++i) s.put(entry_of(std::to_string(i), std::string(90'000, 'x')));
  for (const char* numbers : {"", "short", "something else that is long enough to be read as numbers"}) {
    forget_numbers();
    std::ofstream(dir_ / "v1" / "books") << numbers;
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(s.put(entry_of(std::string(numbers) + std::to_string(i), std::string(90'000, 'x'))));
    EXPECT_LE(size_of_entries(), most);
  }
}

TEST_F(DiskStore, NumbersTooHighAfterFilesWereDeletedByHandAreFound) {
  constexpr std::uint64_t most = 1 << 20;
  disk_store s(dir_, most);
  for (int i = 0; i < 10; ++i) s.put(entry_of(std::to_string(i), std::string(90'000, 'x')));
  for (int i = 0; i < 10; ++i) files::remove(place_of(std::to_string(i)));
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(s.put(entry_of("n" + std::to_string(i), std::string(90'000, 'x'))));
  EXPECT_GT(size_of_entries(), most / 2);
}

/// Runs `work` in a child and kills it after `time`, unless it has ended.
void run_and_kill(std::chrono::microseconds time, const std::function<void()>& work) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    work();
    ::_exit(0);
  }
  std::this_thread::sleep_for(time);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

// Whenever it dies, what can be found is whole, what it left is removed, and the bound holds.
TEST_F(DiskStore, AProcessKilledAtAnyMomentLeavesNoHalfEntry) {
  constexpr std::uint64_t most = 4 << 20;
  const auto body_of = [](int i) { return std::string(200'000, static_cast<char>('a' + i % 26)); };
  std::size_t seen = 0;
  for (int round = 0; round < 40; ++round) {
    run_and_kill(std::chrono::microseconds(500 + 700 * round), [&] {
      disk_store s(dir_, most);
      for (int i = 0;; i = (i + 1) % 50) s.put(entry_of(std::to_string(i), body_of(i)));
    });
    disk_store s(dir_, most);
    for (int i = 0; i < 50; ++i)
      if (files::exists(place_of(std::to_string(i)))) {
        const auto found = s.find(std::to_string(i));
        ASSERT_TRUE(found) << "round " << round << ", entry " << i << " is there and not whole";
        ASSERT_EQ(found->answer.body, body_of(i));
        ++seen;
      }
    ASSERT_LE(size_of_entries(), most);
  }
  EXPECT_GT(seen, 40U);
  forget_numbers();
  disk_store(dir_, most).put(entry_of("last", "x"));
  EXPECT_EQ(being_written(), 0U);
}

// Exactly between write and rename: the file lies in `new`, and nobody holds it.
TEST_F(DiskStore, WhatADeadProcessWasWritingIsRemovedAndWhatALivingOneWritesIsNot) {
  disk_store s(dir_, roomy);
  const files::path dead = dir_ / "v1" / "new" / "1-1-1", living = dir_ / "v1" / "new" / "2-2-2";
  std::ofstream(dead) << to_bytes(entry_of("a", "half"));
  std::ofstream(living) << "being written";
  const descriptor held(::open(living.c_str(), O_WRONLY | O_CLOEXEC));
  ASSERT_EQ(::flock(held.get(), LOCK_EX), 0);
  forget_numbers();
  s.put(entry_of("b", "x"));
  EXPECT_FALSE(s.find("a"));
  EXPECT_FALSE(files::exists(dead));
  EXPECT_TRUE(files::exists(living));
}

// Two processes with two threads each, on the same keys, in a store too small for all of them.
TEST_F(DiskStore, ManyAtOnceSeeWholeEntriesAndKeepTheBound) {
  constexpr std::uint64_t most = 2 << 20;
  const auto crowd = [this] {
    disk_store s(dir_, most);
    std::atomic<bool> all_well = true;
    const auto work = [&](int seed) {
      for (int n = 0; n < 300; ++n) {
        const std::string key = std::to_string((n * 7 + seed) % 40);
        if (n % 3 == 0 && !s.put(entry_of(key, key + std::string(60'000, 'x')))) all_well = false;
        if (const auto found = s.find(key); found && found->answer.body != key + std::string(60'000, 'x')) all_well = false;
      }
    };
    {
      const std::jthread one(work, 1);
      work(2);
    }
    return all_well.load();
  };
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) ::_exit(crowd() ? 0 : 1);
  EXPECT_TRUE(crowd());
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_LE(size_of_entries(), most);
  EXPECT_EQ(being_written(), 0U);
}

}  // namespace
}  // namespace trawl::fetch
