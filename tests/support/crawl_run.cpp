#include "tests/support/crawl_run.hpp"

#include <cstdlib>
#include <optional>

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "tests/support/temp_directory.hpp"
#include "config/load.hpp"
#include "crawler/engine/shard.hpp"

namespace trawl::testing {

namespace asio = boost::asio;
using nlohmann::json;

namespace {

asio::awaitable<void> collect(engine::crawl& c, crawl_outcome& out) {
  std::uint64_t seq = 0;
  while (auto entry = co_await c.log().read(seq)) {
    EXPECT_EQ(entry->seq, seq + 1);
    seq = entry->seq;
    out.records.push_back(json::parse(entry->line));
    EXPECT_EQ(out.records.back()["seq"], seq);
    if (!entry->output) out.withheld.insert(out.records.back()["url"]);
  }
}

}  // namespace

const std::vector<std::string> quick = {"politeness.delay=0s",       "fetch.backoff={initial: 10ms, max: 20ms}", "fetch.timeout={connect: 2s, first_byte: 2s, total: 4s}",
                                        "politeness.adaptive=false", "expect.pages=0"};

const json* crawl_outcome::of(const std::string& url) const {
  for (const json& r : records)
    if (r["url"] == url) return &r;
  return nullptr;
}

std::string crawl_outcome::error_of(const std::string& url) const {
  const json* r = of(url);
  return r == nullptr ? "(no record)" : r->contains("error") ? (*r)["error"]["code"].get<std::string>() : "";
}

crawl_outcome run_crawl(const std::string& yaml, const crawl_options& options) {
  crawl_outcome out;
  const auto loaded = config::load_job_text(yaml, "test.yaml", {.source = config::trust::local, .sets = options.sets, .environment = {}});
  for (const auto& p : loaded.problems) ADD_FAILURE() << to_string(p);
  for (const auto& p : engine::check_job(loaded.job)) ADD_FAILURE() << p.path << ": " << p.message;
  spdlog::default_logger();  // made before any thread: TSan can't see how a library that it was not built into makes it once
  engine::shards shards(3);  // more than one on any machine
  engine::crawl_options how;
  how.operator_trusted = options.trusted;
  std::optional<temp_directory> scratch;
  how.state = options.state;
  if (how.state.empty() && std::getenv("TRAWL_TEST_STATE") != nullptr) how.state = scratch.emplace().path() / "state";
  how.on_rejected = [&out](const engine::rejected& r) { out.rejected.push_back(r); };
  engine::crawl c(shards, loaded.job, std::move(how));
  asio::io_context loop(1);
  c.start();
  asio::co_spawn(loop, collect(c, out), [](std::exception_ptr e) { EXPECT_FALSE(e); });
  loop.run_for(std::chrono::seconds(30));
  if (!c.wait_for(std::chrono::seconds(5))) {
    ADD_FAILURE() << "the crawl has not ended";
    c.cancel();
  }
  EXPECT_TRUE(c.wait_for(std::chrono::seconds(5)));
  out.numbers = c.snapshot();
  out.ended = c.ended();
  out.unmet = engine::unmet_expectations(loaded.job, out.numbers);
  const auto& b = out.numbers.books;
  EXPECT_EQ(b.discovered, b.recorded + b.queued + b.in_flight);
  EXPECT_EQ(b.recorded, out.records.size());
  return out;
}

crawl_outcome crawl_from(const std::string& seed, std::vector<std::string> sets, bool trusted) {
  sets.insert(sets.begin(), quick.begin(), quick.end());
  return run_crawl("seeds: [\"" + seed + "\"]\n", {trusted, std::move(sets)});
}

void expect_apart(std::span<const site::seen_request> requests, std::chrono::milliseconds delay) {
  const auto slack = delay / 2;
  for (std::size_t i = 1; i < requests.size(); ++i)
    EXPECT_GE(requests[i].at - requests[0].at, delay * i - slack) << requests[i - 1].target << " then " << requests[i].target;
}

site::reply html(const std::string& body) { return site::page("<!doctype html><title>t</title>" + body); }
site::reply no_page(const site::seen_request&) { return site::page("", 404); }

}  // namespace trawl::testing
