// How the C library's allocator treats what is large.
#pragma once
#include <malloc.h>

namespace trawl::server {

/// Blocks of a MiB and more go back to the system when they are freed. By itself glibc keeps more and more of them (mallopt(3),
/// M_MMAP_THRESHOLD is dynamic), and reserved room that nothing was written to is memory then: 200 gzip bombs with fetch.memory at 64 MiB
/// took 623 MiB at their peak, and 195 with this.
inline void give_back_large_blocks() noexcept {
  constexpr int large = 1 << 20, kept = 16 << 20;
  ::mallopt(M_MMAP_THRESHOLD, large);
  ::mallopt(M_TRIM_THRESHOLD, kept);  // setting either fixes both, and its own default is a system call every 128 KiB
}

}  // namespace trawl::server
