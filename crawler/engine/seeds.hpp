// The seeds of a job as a lazy sequence: what the job file lists, braces expanded, then the lines of its seed files. A billion of
// them cost no memory; the crawl pulls as it has room.
#pragma once
#include <functional>
#include <string>

#include "config/job.hpp"
#include "crawler/async/generator.hpp"
#include "crawler/model/request.hpp"

namespace trawl::engine {

/// A seed as written: `url` is not parsed yet; `seed` is the same text.
/// Files are opened when the sequence reaches them; one that can't be read ends with a call of `on_problem` (path, why). "-" is stdin.
generator<request> seeds(const config::job& job, std::function<void(const std::string&, const std::string&)> on_problem);

/// Seed files that can't be opened, before anything starts: path and reason.
std::vector<std::pair<std::string, std::string>> unreadable_seed_files(const config::job& job);

}  // namespace trawl::engine
