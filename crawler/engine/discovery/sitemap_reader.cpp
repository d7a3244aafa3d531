#include "crawler/engine/discovery/sitemap_reader.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cmath>
#include <fmt/format.h>
#include <utility>

#include "crawler/async/run_on.hpp"
#include "crawler/fetch/stack.hpp"
#include "crawler/url/domain.hpp"

namespace trawl::engine {

namespace asio = boost::asio;
using extract::sitemap_entry;

namespace {

constexpr std::size_t most_lanes = 4;          // bodies in memory at once
constexpr std::size_t most_sitemaps = 10'000;  // of a job on a shard: an index that is made up on the fly has no end
constexpr std::uint32_t deepest_index = 5;
constexpr std::size_t entry_batch = 64;
constexpr std::uint64_t urls_ahead = 10'000;   // open URLs beyond which no entry is read
constexpr auto poll = std::chrono::milliseconds(20);

/// A priority of 0.0 to 1.0 as the frontier's: 0.5, the protocol's default, is 0, as of every other URL.
std::int32_t frontier_priority(const std::optional<double>& priority) {
  constexpr double steps = 20;
  return priority ? static_cast<std::int32_t>(std::lround((*priority - 0.5) * steps)) : 0;
}

/// "A Sitemap index file can only specify Sitemaps that are found on the same site" (sitemaps.org): else anybody's index could have us
/// fetch from anywhere. A sitemap of another site may still be named by the job or a robots.txt.
bool is_of_site(const std::string& child, const std::string& index) {
  const auto a = url::parse(child), b = url::parse(index);
  return a && b && a->host && b->host && url::registrable_domain(*a->host) == url::registrable_domain(*b->host);
}

}  // namespace

void sitemap_reader::take(found_sitemap found) {
  const auto parsed = url::parse(found.url);
  if (is_over() || !parsed || known_.contains(found.url)) return;
  if (known_.size() >= most_sitemaps) {
    if (!std::exchange(is_full_, true)) spdlog::warn("the sitemap {}, and what else is named from here on, is not read: there were {} already", found.url, most_sitemaps);
    return;
  }
  known_.insert(found.url);
  const std::string host = parsed->host_port();
  const auto [lane, is_new] = waiting_.try_emplace(host);
  lane->second.push_back(std::move(found));
  if (is_new) turns_.push_back(host);
  start_lanes();
}

void sitemap_reader::start_lanes() {
  if (turns_.empty() || lanes_ >= most_lanes) return;
  ++lanes_;
  around_.books.open();  // one for each lane, not for each sitemap: what waits here is no URL that the crawl has ahead of it
  around_.tasks.spawn(serve());
}

/// A host at a time, a sitemap at a time; a host that has more goes behind the others.
sitemap_reader::task sitemap_reader::serve() {
  struct lane_end {
    sitemap_reader& self;
    ~lane_end() {
      --self.lanes_;
      self.around_.books.close();
    }
  };
  const lane_end at_end{*this};
  while (!turns_.empty()) {
    const std::string host = std::move(turns_.front());
    turns_.pop_front();
    co_await read_next(host);
    const auto lane = waiting_.find(host);
    lane->second.empty() ? void(waiting_.erase(lane)) : turns_.push_back(host);
  }
}

sitemap_reader::task sitemap_reader::read_next(const std::string& host) {
  std::deque<found_sitemap>& lane = waiting_.find(host)->second;
  found_sitemap found = std::move(lane.front());
  lane.pop_front();
  if (!is_over()) co_await read(std::move(found));
}

sitemap_reader::task sitemap_reader::read(found_sitemap found) {
  const auto here = url::parse(found.url);
  const bool is_allowed = co_await may_fetch(*here);
  if (!is_allowed) {
    if (!is_over()) warn(*here, fmt::format("the sitemap {} is not read: robots.txt forbids it, or can't be read", found.url));
    co_return;
  }
  co_await let_a_page_go_first(here->host_port());
  request_permit slot;
  auto answer = co_await around_.fetch(found.url, slot);
  if (is_over() || (!answer && answer.error().code == errc::cancelled)) co_return;
  if (!answer) {
    warn(*here, fmt::format("the sitemap {} is not read: {}", found.url, to_string(answer.error().code)));
  } else if (answer->status >= 300 && answer->status <= 399) {
    follow_redirect(*answer, found, *here);
  } else if (answer->status < 200 || answer->status > 299) {
    warn(*here, fmt::format("the sitemap {} is not read: status {}", found.url, answer->status));
  } else {
    if (answer->truncated != truncation::none)
      warn(*here, fmt::format("the sitemap {} is {}; what came is read", found.url, answer->truncated == truncation::length ? "longer than a sitemap may be" : "cut off"));
    std::string content_type(answer->header("content-type").value_or(""));
    co_await read_entries(std::move(answer->body), std::move(content_type), found, *here);
  }
}

/// Waits until robots.txt is known.
asio::awaitable<bool> sitemap_reader::may_fetch(const url::url& target) {
  for (;;) {
    using kind = frontier::admission::kind;
    const kind says = around_.robots(target).is;
    const bool is_known = says == kind::go || says == kind::refuse;
    if (is_known || is_over()) co_return says == kind::go;
    co_await async::sleep_for(around_.time, poll);
  }
}

/// The next turn of a host that keeps a delay is a page's, of whatever job: a turn is reserved only when the scheduler has let this one pass.
sitemap_reader::task sitemap_reader::let_a_page_go_first(const std::string& host) {
  const frontier::host_gate& gate = around_.fetch.gate(host);
  if (gate.delay_now().count() == 0) co_return;
  const auto wait = gate.clock_opens_at() - around_.time.now() + poll;
  if (wait.count() > 0) co_await async::sleep_for(around_.time, wait);
}

/// The target is a sitemap like any other: with its own robots.txt, host and turn.
void sitemap_reader::follow_redirect(const response& answer, const found_sitemap& found, const url::url& here) {
  const auto location = answer.header("location");
  const auto target = location ? url::parse(*location, &here) : std::nullopt;
  if (!target || !target->is_http() || found.redirects >= around_.max_redirects) {
    warn(here, fmt::format("the sitemap {} is not read: it redirects too often, or nowhere", found.url));
    return;
  }
  around_.pass_on({target->without_fragment(), found.seed, found.level, found.redirects + 1});
}

/// Unpacked, decoded and parsed on the CPU pool, a batch of entries at a time.
sitemap_reader::task sitemap_reader::read_entries(std::string body, std::string content_type, const found_sitemap& found, const url::url& here) {
  html::decoded text;
  auto prepare = [&] {
    body = fetch::gunzipped(std::move(body), fetch::largest_sitemap_body);
    extract::decode_sitemap(body, content_type, text);
    return true;
  };
  co_await async::run_on(around_.cpu, prepare);
  extract::sitemap_tally tally;
  auto entries = extract::sitemap_entries(text.text, here, tally);
  auto at = decltype(entries.begin()){};
  bool has_begun = false;
  auto pull = [&] {
    std::vector<sitemap_entry> batch;
    at = has_begun ? at : entries.begin();
    if (std::exchange(has_begun, true)) ++at;
    for (; at != entries.end(); ++at) {
      batch.push_back(*at);
      if (batch.size() == entry_batch) break;
    }
    return batch;
  };
  for (;;) {
    auto batch = co_await async::run_on(around_.cpu, pull);
    const bool is_last = batch.size() < entry_batch;
    co_await deliver(std::move(batch), found, here);
    if (is_last || is_over()) break;
    co_await wait_for_room();
  }
  around_.on_broken(tally.broken);
  if (tally.broken > 0) warn(here, fmt::format("the sitemap {} has {} entries that can't be read", found.url, tally.broken));
  if (tally.entries == 0 && tally.broken == 0) warn(here, fmt::format("the sitemap {} has no entry", found.url));
  if (tally.is_cut) warn(here, fmt::format("the sitemap {} is longer than a sitemap may be; the rest is left out", found.url));
}

sitemap_reader::task sitemap_reader::deliver(std::vector<sitemap_entry> batch, const found_sitemap& found, const url::url& here) {
  std::vector<request> pages;
  for (sitemap_entry& entry : batch) {
    if (entry.is == sitemap_entry::kind::page) {
      request r;
      r.url = std::move(entry.url);
      r.parent = found.url;
      r.seed = found.seed;
      r.priority = frontier_priority(entry.priority);
      pages.push_back(std::move(r));
    } else if (found.level >= deepest_index) {
      warn(here, fmt::format("the sitemap {} is not read: {} indexes stand above it", entry.url, deepest_index));
    } else if (!is_of_site(entry.url, found.url)) {
      warn(here, fmt::format("the sitemap {} is not read: it is of another site than {}, which names it", entry.url, found.url));
    } else {
      around_.pass_on({std::move(entry.url), found.seed, found.level + 1, 0});
    }
  }
  co_await around_.add(std::move(pages));
}

sitemap_reader::task sitemap_reader::wait_for_room() {
  while (around_.books.opened() > urls_ahead && !is_over()) co_await async::sleep_for(around_.time, poll);
}

/// One line a host and minute: its robots.txt may name thousands of sitemaps that are not there.
void sitemap_reader::warn(const url::url& where, const std::string& line) {
  const auto left_out = warnings_.admit(where.host_port(), around_.time.now());
  if (!left_out) return;
  *left_out == 0 ? spdlog::warn("{}", line) : spdlog::warn("{}; before it, {} more such lines were left out", line, *left_out);
}

}  // namespace trawl::engine
