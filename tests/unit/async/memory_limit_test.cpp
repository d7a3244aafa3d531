#include "crawler/async/memory_limit.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace trawl::async {
namespace {

namespace fs = std::filesystem;

/// A root directory with what the kernel would show in it.
class MemoryLimit : public ::testing::Test {
 protected:
  MemoryLimit() {
    std::string name = (fs::temp_directory_path() / "trawl-memory-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
  }
  ~MemoryLimit() override { fs::remove_all(root_); }
  void put(const std::string& path, const std::string& text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text << '\n';
  }

  fs::path root_;
};

TEST_F(MemoryLimit, IsTheMachinesWhereNothingIsSaid) {
  const auto pages = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)), page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  EXPECT_EQ(memory_limit(root_), pages * page);
  put("proc/self/cgroup", "0::/user.slice");
  put("sys/fs/cgroup/user.slice/memory.max", "max");
  EXPECT_EQ(memory_limit(root_), pages * page);
}

TEST_F(MemoryLimit, IsTheSmallestOfTheGroupAndThoseAbove) {
  put("proc/self/cgroup", "0::/system.slice/trawl.service");
  put("sys/fs/cgroup/system.slice/trawl.service/memory.max", "67108864");
  EXPECT_EQ(memory_limit(root_), 64U << 20);
  put("sys/fs/cgroup/system.slice/memory.max", "33554432");
  EXPECT_EQ(memory_limit(root_), 32U << 20);
}

/// In a container without a namespace for cgroups the path is the host's.
TEST_F(MemoryLimit, IsThatOfTheMountWhereThePathLeadsNowhere) {
  put("proc/self/cgroup", "0::/docker/0123");
  put("sys/fs/cgroup/memory.max", "1048576");
  EXPECT_EQ(memory_limit(root_), 1U << 20);
}

TEST_F(MemoryLimit, IsReadFromVersionOneToo) {
  put("proc/self/cgroup", "12:cpuset:/x\n4:hugetlb,memory:/docker/0123\n1:name=systemd:/y");
  put("sys/fs/cgroup/memory/docker/0123/memory.limit_in_bytes", "2097152");
  put("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712");
  EXPECT_EQ(memory_limit(root_), 2U << 20);
}

TEST_F(MemoryLimit, IsNotLedOutOfTheMount) {
  put("proc/self/cgroup", "0::/../../../secret\nnonsense\n:\n");
  put("secret/memory.max", "1");
  EXPECT_GT(memory_limit(root_), 1U);
}

TEST(MemoryLimitHere, CanBeRead) { EXPECT_GT(memory_limit(), 1U << 20); }

}  // namespace
}  // namespace trawl::async
