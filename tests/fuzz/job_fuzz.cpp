// Job files as they come by HTTP: whatever the text, there is a job or there are problems, each with its place.
#include "config/load.hpp"
#include "tests/fuzz/input.hpp"

using namespace trawl;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  config::load_options by_http;
  by_http.source = config::trust::any;
  const config::loaded_job loaded = config::load_job_text(std::string(fuzz::text_of(data, size)), "job.yaml", by_http);
  for (const config::problem& found : loaded.problems) fuzz::require(!found.message.empty(), "a problem has a message");
  if (loaded.problems.empty()) fuzz::require(!loaded.job.seeds.empty() || !loaded.job.seed_files.empty() || !loaded.job.sitemaps.empty(), "a job that may run has something to start from");
  return 0;
}
