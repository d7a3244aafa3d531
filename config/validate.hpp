// What no single key can show: checks over several keys of a job.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "config/job.hpp"

namespace trawl::config {

/// Dotted path and message of each problem. Fills in what follows from other keys: the name from the first seed's host.
std::vector<std::pair<std::string, std::string>> cross_check(job& j);

}  // namespace trawl::config
