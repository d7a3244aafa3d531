// Where a job's URLs come from at first: its own seeds, pulled as there is room, and those that are sent while it runs. A part of worker.hpp.
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <spdlog/spdlog.h>

#include "crawler/engine/worker.hpp"
#include "crawler/frontier/store/storage_error.hpp"
#include "crawler/url/url.hpp"

namespace trawl::engine {

namespace {

constexpr std::size_t seed_batch = 64;
constexpr std::uint64_t seeds_ahead = 10'000;   // open URLs beyond which the seed generator is pulled only for want of other hosts
constexpr std::uint64_t most_open = 100'000;    // and beyond which it is not pulled at all
constexpr std::uint64_t seeds_a_slice = 1'000;  // pulled, good or bad, before the loop gets its turn
constexpr auto room_poll = std::chrono::milliseconds(20);

}  // namespace

void worker::feed_seeds() {
  name_sitemaps();
  if (context_.login != nullptr && context_.options.operator_trusted) {  // as a seed: whoever writes it means its host
    const url::url& page = context_.login->plan().page();
    context_.seed_hosts.add(*page.host, page.effective_port());
  }
  tasks_.spawn(seed_the_frontier());
}

/// A job whose seeds can't be read to their end would wait for them for ever.
worker::task worker::seed_the_frontier() {
  try {
    co_await pull_seeds();
  } catch (const boost::system::system_error&) {
    throw;  // cancelled: as asked
  } catch (const frontier::storage_error& e) {
    context_.on_fatal(e.what());
  } catch (const std::exception& e) {
    context_.on_fatal(std::string("the seeds can't be read: ") + e.what());
  }
}

worker::task worker::pull_seeds() {
  const auto complain = [this](const std::string& where, const std::string& what) {
    ++now_.invalid;
    spdlog::warn("seed {}: {}", where, what);
  };
  std::vector<frontier::candidate> batch;
  std::uint64_t position = 0;
  seeds_.emplace(job_, complain);
  for (;;) {
    auto seed = seeds_->ready();
    if (!seed) {  // the input pauses: what there is goes on its way
      if (!batch.empty()) co_await frontier_->add(batch, frontier::seed_cursor{position, false});
      batch.clear();
      seed = co_await seeds_->next();
    }
    if (!seed) break;
    ++position;
    const bool is_taken = position <= context_.seeds_taken.position;  // by an earlier run; here it only joins the scope
    const std::string written = seed->url;
    if (auto candidate = to_candidate(std::move(*seed), true)) {
      if (!is_taken) batch.push_back(std::move(*candidate));
    } else if (const auto parsed = url::parse(written); !parsed || !parsed->is_http()) {
      complain(written, "is not an http or https URL");
    }
    if (context_.seeds_taken.exhausted && position >= context_.seeds_taken.position) break;
    if (position % seeds_a_slice == 0) co_await asio::post(shard_.context(), asio::use_awaitable);
    if (is_over()) co_return;
    if (batch.size() < seed_batch) continue;
    co_await frontier_->add(batch, frontier::seed_cursor{position, false});
    batch.clear();
    while (!wants_seeds() && !is_over()) {
      if (only_given_up_left()) co_return context_.books.close();  // the cursor says where they go on
      co_await async::sleep_for(context_.time, room_poll);
    }
  }
  position = std::max(position, context_.seeds_taken.position);
  if (!context_.takes_seeds.load()) {
    co_await frontier_->add(batch, frontier::seed_cursor{position, true});
    co_return;
  }
  if (!batch.empty()) co_await frontier_->add(batch, frontier::seed_cursor{position, false});
  while (context_.takes_seeds.load() && !is_over()) co_await async::sleep_for(context_.time, room_poll);
  if (!is_over()) co_await frontier_->add({}, frontier::seed_cursor{position, true});
}

/// Seeds that are sent while the job runs. `told` is called on this thread, once.
void worker::take_seeds(std::vector<request> sent, std::function<void(seed_counts)> told) {
  if (is_over() || !context_.books.try_open()) return told({.is_over = true});
  tasks_.spawn(add_sent(std::move(sent), std::move(told)));
}

/// The last thing it does is to let the job end again.
worker::task worker::add_sent(std::vector<request> sent, std::function<void(seed_counts)> told) {
  struct held {
    frontier::ledger& books;
    ~held() { books.close(); }
  };
  const held open{context_.books};
  seed_counts counts;
  std::vector<frontier::candidate> batch;
  for (request& r : sent) {
    const auto parsed = url::parse(r.url);
    if (!parsed || !parsed->is_http()) {
      ++counts.invalid;
    } else if (auto c = to_candidate(std::move(r), true)) {
      batch.push_back(std::move(*c));
    } else {
      ++counts.filtered;
    }
  }
  now_.invalid += counts.invalid;
  try {
    counts.accepted = co_await frontier_->add(batch, std::nullopt);
    counts.duplicates = batch.size() - counts.accepted;
  } catch (const frontier::storage_error& e) {
    context_.on_fatal(e.what());
    counts = {.is_over = true};
  } catch (const boost::system::system_error&) {
    counts = {.is_over = true};
  }
  told(counts);
}

/// There is room, or what is queued belongs to hosts that can't be asked now while slots are free: the next seeds may name others.
bool worker::wants_seeds() const noexcept {
  const frontier::ledger& books = context_.books;
  const std::uint64_t open = books.opened() + books.aside();
  return open <= seeds_ahead || (open <= most_open && books.in_flight() < books.max_in_flight() / 2);
}

/// Nothing is open but the seeds, and hosts that were given up take all the room there is.
bool worker::only_given_up_left() const noexcept { return context_.books.aside() > 0 && context_.books.opened() <= 1; }

}  // namespace trawl::engine
