// How much memory this process may use.
#pragma once
#include <cstdint>
#include <filesystem>

namespace trawl::async {

/// Bytes: the smallest limit of the process's cgroup and of those above it (cgroup v2 memory.max, v1 memory.limit_in_bytes), or the
/// machine's memory where that is less or nothing is said. Reads a few small files below `root`; what can't be read is no limit.
/// source  Linux Documentation/admin-guide/cgroup-v2.rst, "Memory Interface Files"; cgroup-v1/memory.rst, 3.1; cgroups(7), /proc/[pid]/cgroup
std::uint64_t memory_limit(const std::filesystem::path& root = "/");

}  // namespace trawl::async
