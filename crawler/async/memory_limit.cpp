#include "crawler/async/memory_limit.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>

namespace trawl::async {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t none = std::numeric_limits<std::uint64_t>::max();
constexpr std::string_view v2_start = "0::";

std::uint64_t machine_memory() {
  const long pages = ::sysconf(_SC_PHYS_PAGES), page = ::sysconf(_SC_PAGESIZE);
  return pages > 0 && page > 0 ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page) : none;
}

/// "max" and whatever else is no number limits nothing.
std::uint64_t limit_in(const fs::path& file) {
  std::string word;
  std::ifstream(file) >> word;
  std::uint64_t bytes = 0;
  const auto [end, ec] = std::from_chars(word.data(), word.data() + word.size(), bytes);
  return ec == std::errc() && end == word.data() + word.size() ? bytes : none;
}

/// The limits of the group at `path` and of all above it, up to where the hierarchy is mounted. In a container the path may be that of
/// the host and lead nowhere; the mount is then the container's own group.
std::uint64_t limit_along(const fs::path& mount, std::string_view path, const char* file) {
  std::uint64_t least = limit_in(mount / file);
  fs::path here = mount;
  for (const fs::path& step : fs::path(path).relative_path()) {
    if (step == "..") break;
    here /= step;
    least = std::min(least, limit_in(here / file));
  }
  return least;
}

/// Does a line's list of v1 controllers, "cpu,memory", name memory?
bool has_memory(std::string_view controllers) {
  for (std::size_t at = 0; at <= controllers.size();) {
    const std::size_t end = std::min(controllers.find(',', at), controllers.size());
    if (controllers.substr(at, end - at) == "memory") return true;
    at = end + 1;
  }
  return false;
}

}  // namespace

std::uint64_t memory_limit(const fs::path& root) {
  std::uint64_t least = machine_memory();
  const fs::path mount = root / "sys/fs/cgroup";
  std::ifstream groups(root / "proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {  // "ID:CONTROLLERS:PATH"; v2 has the ID 0 and no controllers
    const std::string_view text = line;
    const std::size_t first = text.find(':'), second = text.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) continue;
    const std::string_view path = text.substr(second + 1);
    if (text.starts_with(v2_start)) {
      least = std::min(least, limit_along(mount, path, "memory.max"));
    } else if (has_memory(text.substr(first + 1, second - first - 1))) {
      least = std::min(least, limit_along(mount / "memory", path, "memory.limit_in_bytes"));
    }
  }
  return least;
}

}  // namespace trawl::async
