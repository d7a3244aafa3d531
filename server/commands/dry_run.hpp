// trawl crawl --dry-run: what would be done.
#pragma once
#include "config/load.hpp"

namespace trawl::server {

/// Prints to stdout, as a job file that gives this job again: every key, secrets as ***, and as comments the decorators of a fetch and
/// the first URLs. Fetches nothing. 0.
int dry_run(const config::loaded_job& loaded);

}  // namespace trawl::server
