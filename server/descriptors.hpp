// The process's limit on open files.
#pragma once
#include <sys/resource.h>

namespace trawl::server {

/// Each connection, of clients and of the crawl, is a descriptor; the default of 1024 is for programs that use select.
inline void raise_descriptor_limit() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace trawl::server
