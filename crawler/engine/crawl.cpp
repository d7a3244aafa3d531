#include "crawler/engine/crawl.hpp"

#include "crawler/engine/run.hpp"

namespace trawl::engine {

std::string_view to_string(ending e) noexcept {
  switch (e) {
    case ending::none: return "";
    case ending::drained: return "drained";
    case ending::max_pages: return "max_pages";
    case ending::duration: return "duration";
    case ending::bytes: return "bytes";
    case ending::errors: return "errors";
    case ending::cancelled: return "cancelled";
  }
  return "";
}

crawl::crawl(shards& where, config::job job, crawl_options options) : run_(std::make_shared<run>(where, std::move(job), std::move(options))) {}

crawl::~crawl() {
  while (!wait_for(std::chrono::hours(1))) {
  }
}

void crawl::start() { run_->begin(); }
void crawl::drain() { run_->stop(ending::cancelled, false); }
void crawl::cancel() { run_->stop(ending::cancelled, true); }
void crawl::pause() { run_->pause(true); }
void crawl::resume() { run_->pause(false); }
progress crawl::snapshot() const { return run_->copy(); }
ending crawl::ended() const noexcept { return run_->ended_; }
bool crawl::finished() const noexcept { return run_->finished_; }
bool crawl::wait_for(std::chrono::milliseconds time) const { return run_->wait(time); }
frontier::result_log& crawl::log() noexcept { return *run_->log_; }
const config::job& crawl::job() const noexcept { return run_->job_; }
const std::string& crawl::name() const noexcept { return run_->job_.name; }

std::vector<std::string> unmet_expectations(const config::job& job, const progress& p) {
  std::vector<std::string> out;
  if (p.pages_2xx < job.expect.pages) out.push_back("expect.pages: " + std::to_string(p.pages_2xx) + " pages with a 2xx status, at least " + std::to_string(job.expect.pages) + " were expected");
  const double all = static_cast<double>(p.books.recorded);
  const double ratio = all > 0 ? static_cast<double>(p.pages_2xx) / all : 0;
  if (ratio < job.expect.ok_ratio) out.push_back("expect.ok_ratio: a share of " + std::to_string(ratio) + ", at least " + std::to_string(job.expect.ok_ratio) + " was expected");
  return out;
}

}  // namespace trawl::engine
