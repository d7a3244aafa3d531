// The subcommands of trawl, one file each. Each returns the process's exit code: 0 done, 1 ran but what was expected did not come,
// 2 wrong usage or configuration, nothing was started, 3 interrupted with state saved.
#pragma once
#include <string>
#include <vector>

namespace trawl::server {

/// Flags of `trawl crawl`, as given.
struct crawl_flags {
  std::vector<std::string> targets;  ///< a job file, or URLs
  std::string list, output, summary, rejected;
  std::vector<std::string> sets;
  bool overwrite = false, append = false, dry_run = false, quiet = false, no_progress = false;
};

int crawl_command(const crawl_flags& flags);
int validate_command(const std::vector<std::string>& files);
int schema_command(const std::string& which);
int init_command(const std::string& url);
/// Parses each URL, from the arguments or line by line from stdin.
int inspect_url_command(const std::vector<std::string>& urls, const std::string& base, bool json);
int inspect_robots_command(const std::string& file, const std::string& agent, const std::vector<std::string>& urls);

/// Flags of `trawl inspect page`, as given.
struct inspect_page_flags {
  std::string page;  ///< a file; - is standard input
  std::string url, content_type, job, select;
  std::vector<std::string> sets;
};
/// The record that a crawl would write of a saved page, or each match of --select, on a line.
int inspect_page_command(const inspect_page_flags& flags);

}  // namespace trawl::server
