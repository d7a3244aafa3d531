// trawl plan: what a crawl would meet, from robots.txt and sitemaps alone.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <mutex>

#include "crawler/engine/crawl.hpp"
#include "crawler/engine/discovery/sitemap_reader.hpp"
#include "crawler/engine/shard.hpp"
#include "server/commands/commands.hpp"
#include "server/commands/job_source.hpp"
#include "server/console.hpp"
#include "server/crawl/crawl_plan.hpp"
#include "server/logging.hpp"

namespace trawl::server {
namespace {

struct plan_arguments {
  job_arguments job;
  bool as_json = false;
};

boost::asio::awaitable<void> read_records(engine::crawl& crawl, const std::function<void(std::string_view)>& take) {
  std::uint64_t last = 0;
  for (;;) {
    const auto entry = co_await crawl.log().read(last);
    if (!entry) co_return;
    last = entry->seq;
    take(entry->line);
  }
}

/// Nothing is logged in to for a look, and all sitemaps count that a site names.
config::job surveyed(config::job job) {
  job.fetch.login.reset();
  if (std::ranges::find(job.sitemaps, engine::sitemaps_of_robots) == job.sitemaps.end()) job.sitemaps.emplace_back(engine::sitemaps_of_robots);
  return job;
}

void add_warnings(crawl_plan& to, const config::job& job) {
  if (is_anonymous(job)) to.warn("nobody can tell whose crawl this is: set politeness.contact to a URL or a mail address");
  if (job.politeness.robots == config::robots_mode::ignore) to.warn("politeness.robots is ignore: no robots.txt was read, so there is no verdict of one");
  if (!to.is_worthwhile()) to.warn("no seed may be fetched: the crawl would end at once");
}

crawl_plan survey(const config::job& job) {
  crawl_plan out;
  std::mutex one_at_a_time;  // shards tell, and this thread reads
  engine::crawl_options options;
  options.operator_trusted = true;
  options.on_rejected = [&](const engine::rejected& r) {
    const std::lock_guard lock(one_at_a_time);
    out.add_rejected(r.url, r.parent, r.rule);
  };
  options.on_surveyed = [&](const std::string& host, std::chrono::nanoseconds delay) {
    const std::lock_guard lock(one_at_a_time);
    out.set_delay(host, delay);
  };
  engine::shards shards;
  engine::crawl crawl(shards, surveyed(job), std::move(options));
  const std::function<void(std::string_view)> take = [&](std::string_view line) {
    const std::lock_guard lock(one_at_a_time);
    out.add_record(line);
  };
  boost::asio::io_context loop(1);
  boost::asio::co_spawn(loop, read_records(crawl, take), [](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  });
  crawl.start();
  loop.run();
  while (!crawl.wait_for(std::chrono::seconds(1))) {
  }
  out.set_invalid(crawl.snapshot().invalid);
  add_warnings(out, job);
  return out;
}

int plan(const plan_arguments& given) {
  if (const auto ready = set_up_logging({}); !ready) {
    tell("trawl: {}\n", ready.error());
    return 2;
  }
  const auto loaded = load_job(given.job);
  for (const config::problem& p : loaded.problems) tell("{}\n", to_string(p));
  if (!loaded.problems.empty()) return 2;
  const crawl_plan found = survey(loaded.job);
  if (given.as_json) {
    answer("{}\n", found.json().dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  } else {
    answer("{}", found.text());
  }
  return found.is_worthwhile() ? 0 : 1;
}

}  // namespace

command_body set_up_plan(CLI::App& arguments) {
  auto given = std::make_shared<plan_arguments>();
  arguments.add_option("target", given->job.targets, "a job file (.yaml, .yml, .json), or URLs")->required();
  arguments.add_option("--set", given->job.sets, "KEY=VALUE over what the job says; repeatable")->allow_extra_args(false);
  arguments.add_flag("--json", given->as_json, "one JSON object");
  return [given] { return plan(*given); };
}

}  // namespace trawl::server
