// The seeds of a job: what the job file lists, braces expanded, then the lines of its seed files. Lazy: a billion of them cost no memory;
// the crawl pulls as it has room.
#pragma once
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "config/job.hpp"
#include "crawler/async/generator.hpp"
#include "crawler/model/request.hpp"

namespace trawl::engine {

/// Told of what is no seed: where (a file, or file:line) and what is wrong.
using seed_report = std::function<void(const std::string& where, const std::string& what)>;

/// The URLs that one seed of a job stands for, and one that is only a URL.
generator<request> expand_seed(config::seed s);
request text_seed(std::string url);
/// A seed as written: `url` is not parsed yet; `seed` is the same text.
generator<request> job_seeds(const config::job& job);
/// Those of the seed files, each opened when the sequence reaches it. "-" is stdin. Waits for input where there is none yet, but ends
/// when the descriptor `stop` becomes readable (-1: nothing stops it).
generator<request> file_seeds(const config::job& job, seed_report on_problem, int stop);
/// Both, one after the other, waiting for input: not for a thread that serves others; see seeds/reader.hpp.
generator<request> seeds(const config::job& job, seed_report on_problem);

/// What is wrong with seed files before anything starts: path and reason. Pipes are not touched.
std::vector<std::pair<std::string, std::string>> unreadable_seed_files(const config::job& job);

}  // namespace trawl::engine
