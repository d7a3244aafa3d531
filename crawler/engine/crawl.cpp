#include "crawler/engine/crawl.hpp"

#include <fmt/format.h>

#include <algorithm>

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
    case ending::host_blocked: return "host_blocked";
    case ending::cancelled: return "cancelled";
    case ending::failed: return "failed";
  }
  return "";
}

bool is_egress_network(std::string_view text) { return fetch::is_network(text); }

crawl::crawl(shards& where, config::job job, crawl_options options) : run_(std::make_shared<run>(where, std::move(job), std::move(options))) {}

crawl::~crawl() {
  if (!run_->has_begun_) return;
  while (!wait_for(std::chrono::hours(1))) {
  }
}

void crawl::start() { run_->begin(); }
void crawl::drain() { run_->stop(ending::cancelled, false); }
void crawl::cancel() { run_->stop(ending::cancelled, true); }
void crawl::pause() { run_->pause(true); }
void crawl::resume() { run_->pause(false); }
void crawl::add_seeds(std::vector<request> sent, std::function<void(seed_counts)> told) { run_->add_seeds(std::move(sent), std::move(told)); }
void crawl::hosts(std::size_t most, std::function<void(std::vector<host_view>)> told) { run_->tell_hosts(most, std::move(told)); }
void crawl::pause_host(const std::string& host, bool on) { run_->pause_host(host, on); }
void crawl::close_seeds() { run_->close_seeds(); }
void crawl::sync() { remember("seeds sent", ""); }
progress crawl::snapshot() const { return run_->copy(); }
ending crawl::ended() const noexcept { return run_->ended_; }
bool crawl::finished() const noexcept { return run_->finished_; }
bool crawl::wait_for(std::chrono::milliseconds time) const { return run_->wait(time); }
frontier::result_log& crawl::log() noexcept { return run_->log(); }
bool crawl::has_state() const noexcept { return run_->store_ != nullptr; }
bool crawl::is_new() const noexcept { return !run_->store_ || run_->store_->opened_as().batch == 0; }
std::optional<std::string> crawl::recall(const std::string& reader) const { return run_->store_ ? run_->store_->recall(reader) : std::nullopt; }
void crawl::remember(const std::string& reader, const std::string& note) {
  if (run_->store_) run_->store_->remember(reader, note);
}
void crawl::remove_state() {
  if (run_->store_) run_->store_->directory().remove();
}
const config::job& crawl::job() const noexcept { return run_->job_; }
const std::string& crawl::name() const noexcept { return run_->job_.name; }

std::vector<std::pair<std::string_view, std::string_view>> fetch_layers(const config::job& job) { return fetch::describe_stack(job); }

namespace {

/// The two are counted at different moments while a crawl runs.
std::uint64_t less(std::uint64_t all, std::uint64_t gone) noexcept { return all - std::min(all, gone); }

field_tally tally_of(const std::map<std::string, field_tally>& among, const std::string& name) {
  const auto found = among.find(name);
  return found == among.end() ? field_tally{} : found->second;
}

}  // namespace

std::vector<std::string> unmet_expectations(const config::job& job, const progress& p) {
  std::vector<std::string> out;
  const auto require = [&](std::string_view what, double found, double least) {
    if (found < least) out.push_back(fmt::format("expect.{}: {:.6g}, at least {:.6g} was expected", what, found, least));
  };
  const auto share = [](std::uint64_t part, std::uint64_t whole) { return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole); };
  const superseded_tally& past = p.superseded;
  const std::uint64_t pages = less(p.pages_2xx, past.pages_2xx);
  require("pages", static_cast<double>(pages), static_cast<double>(job.expect.pages));
  require("items", static_cast<double>(less(p.items, past.items)), static_cast<double>(job.expect.items));
  require("ok_ratio", share(pages, less(p.books.recorded, past.recorded)), job.expect.ok_ratio);
  for (const auto& [name, least] : job.expect.fields) {
    const field_tally all = tally_of(p.fields, name), gone = tally_of(past.fields, name);
    require("fields." + name, share(less(all.filled, gone.filled), less(all.asked, gone.asked)), least);
  }
  return out;
}

}  // namespace trawl::engine
