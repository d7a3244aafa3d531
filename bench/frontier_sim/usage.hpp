// What this process has used so far, as the system says.
#pragma once
#include <sys/resource.h>

#include <chrono>
#include <cstdint>
#include <fstream>
#include <string>

namespace trawl::bench {

struct usage {
  double cpu_s = 0;   ///< of all threads, in user and system mode
  double wall_s = 0;  ///< since some moment
};

inline usage used_now() {
  rusage all{};
  ::getrusage(RUSAGE_SELF, &all);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return {seconds(all.ru_utime) + seconds(all.ru_stime), std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count()};
}

inline usage since(const usage& before) {
  const usage now = used_now();
  return {now.cpu_s - before.cpu_s, now.wall_s - before.wall_s};
}

/// A line of /proc/self/status, in bytes: RssAnon is what the process has in memory of its own, VmHWM the most that was resident.
inline std::uint64_t memory_of(const std::string& name) {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(name + ":")) return std::stoull(line.substr(name.size() + 1)) * 1024;
  return 0;
}

}  // namespace trawl::bench
