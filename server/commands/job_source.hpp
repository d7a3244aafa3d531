// Where the crawl's job comes from: a job file, URLs of the command line, a list, and the flags over it.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "config/load.hpp"

namespace trawl::server {

/// What `trawl crawl` was told of the job.
struct job_arguments {
  std::vector<std::string> targets;  ///< one job file, or URLs
  std::string list;                  ///< of URLs; "-" is stdin
  std::vector<std::string> sets;     ///< KEY=VALUE
  std::vector<std::string> extracts; ///< names of extract's switches
  std::string max_pages, depth, delay, concurrency;
};

/// The job with every problem of it, also of patterns, seeds and files that it names.
config::loaded_job load_job(const job_arguments& given);

/// Adds what only compiling shows: patterns, selectors, seeds that are no URL.
config::loaded_job checked(config::loaded_job loaded);

/// Adds what is wrong with the files that the job names: they must be there before anything starts.
void check_files(config::loaded_job& loaded);

/// "https://" in front of a name without scheme.
std::string with_scheme(std::string url);

/// Whether a crawl of these seeds asks public hosts without saying who runs it.
bool is_anonymous(const config::job& job);

}  // namespace trawl::server
