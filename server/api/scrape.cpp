// POST /api/v1/scrape: one page, now.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "server/api/api.hpp"

namespace trawl::server::api {
namespace {

namespace asio = boost::asio;
using http::answer;
using http::problem;
using http::request;
using asio::awaitable;

using first_record = std::optional<frontier::log_entry>;

/// Ends the crawl on every way out, also when the client goes. Letting it go is the helper threads' work.
struct running_scrape {
  std::shared_ptr<engine::crawl> crawl;
  std::size_t& count;
  running_scrape(std::shared_ptr<engine::crawl> c, std::size_t& n) : crawl(std::move(c)), count(n) {}
  running_scrape(const running_scrape&) = delete;
  running_scrape& operator=(const running_scrape&) = delete;
  ~running_scrape() {
    if (crawl) crawl->cancel();
    --count;
  }
};

awaitable<first_record> first_of(std::shared_ptr<engine::crawl> crawl) { co_return co_await crawl->log().read(0); }

awaitable<answer> scrape(const request& r, state& with) {
  if (format_of(r) != body_format::json) co_return problem(415, "the body is application/json");
  if (with.scrapes >= with.options.limits.scrapes) {
    answer full = problem(503, "as many pages are being scraped as this server takes");
    full.fields.emplace_back("Retry-After", "1");
    co_return full;
  }
  ++with.scrapes;
  running_scrape held(nullptr, with.scrapes);
  submission s = co_await with.checkers.run([body = r.body, options = with.kept] { return read_scrape(body, options->ceilings, options->partial_job()); });
  if (!s.errors.empty()) co_return problem(s.status, s.status == 400 ? "the request can't be read" : "this can't be scraped here", s.errors);
  held.crawl = co_await with.jobs.make_crawl(std::move(s.job));
  held.crawl->start();
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, with.options.limits.scrape_time);
  auto [order, failure, record, silence] =
      co_await asio::experimental::make_parallel_group(asio::co_spawn(executor, first_of(held.crawl), asio::deferred), timer.async_wait(asio::deferred))
          .async_wait(asio::experimental::wait_for_one(asio::cancellation_type::terminal), asio::use_awaitable);
  if (failure) std::rethrow_exception(failure);
  if (record) co_return http::json(200, std::move(record->line));
  if (order[0] == 1) co_return problem(504, "the page did not come in time");
  co_return problem(500, "the scrape ended without a record; the server's log says more");
}

}  // namespace

void add_scrape(http::router& to, state& with) {
  to.add("POST", "/api/v1/scrape", {.handle = [&with](const request& r) { return scrape(r, with); }, .needs = permission::write, .ends_with_peer = true});
}

}  // namespace trawl::server::api
