// A job that is over, as its files tell of it.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "server/jobs/job.hpp"
#include "server/jobs/job_files.hpp"

namespace trawl::frontier {
class segment_log;
}

namespace trawl::server {

/// A job of an earlier run. Whatever its files hold, its results can be read; without its end it was interrupted, and its numbers are 0.
std::shared_ptr<job> past_job(const job_files::left& files);

/// How many of the `recorded` records the log can't give, because its files are damaged. Says in the server's log which, and what to do.
std::uint64_t missing_in(const frontier::segment_log& log, const std::string& id, std::uint64_t recorded);

}  // namespace trawl::server
