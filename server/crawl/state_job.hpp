// What a state is of: the parts of a job that may not change between its runs.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "config/job.hpp"

namespace trawl::server {

/// Seeds, scope, rules and extraction as JSON; secrets are masked.
std::string state_job(const config::job& job, std::span<const std::string> secrets);
/// The dotted keys in which two of them differ, limits aside; empty when one may go on where the other was left.
std::vector<std::string> differences(const std::string& before, const std::string& now);

}  // namespace trawl::server
