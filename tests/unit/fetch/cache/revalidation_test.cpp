// What becomes of the stored body while the server is asked whether it still holds. RFC 9111, 4.3.
#include <functional>

#include "tests/unit/fetch/cache/cache_bench.hpp"

namespace trawl::fetch {
namespace {

/// A stale page in the store, and a job's memory. What happens while the server is asked about it is the case's.
struct revalidation : cache_bench {
  using act = std::function<asio::awaitable<void>()>;
  static constexpr std::uint64_t body_size = 4 * async::smallest_lease;

  explicit revalidation(std::source_location where = std::source_location::current()) : cache_bench(cache_mode::http, where) {}

  asio::awaitable<void> fill() {
    scripted_fetch first;
    first.then(fresh_page(std::string(body_size, 'o')));
    const fetch_fn fetch = around(first);
    co_await fetch(ask_for("http://a/"));
    now += 61s;
  }
  /// As another process does that shares the directory.
  asio::awaitable<void> replace(response page) {
    scripted_fetch next;
    next.then(std::move(page));
    const fetch_fn fetch = around(next);
    co_await fetch(ask_for("http://a/"));
  }
  asio::awaitable<void> remove() {
    for (const auto& shelf : std::filesystem::directory_iterator(dir / "v1"))
      if (shelf.is_directory() && shelf.path().filename() != "new") std::filesystem::remove_all(shelf);
    co_return;
  }
  /// Asks for the page; `meanwhile` happens before the server gives its first answer.
  asio::awaitable<result<outcome>> ask(act meanwhile) {
    fetch_fn waiting = [this, &meanwhile](request r) { return answer_after(std::exchange(meanwhile, nullptr), std::move(r)); };
    const fetch_fn fetch = around(std::move(waiting), "", cache_use::pages, &job);
    co_return co_await fetch(ask_for("http://a/"));
  }
  asio::awaitable<result<outcome>> answer_after(act meanwhile, request r) {
    if (meanwhile) co_await meanwhile();
    const fetch_fn server_fetch = server.function();
    co_return co_await server_fetch(std::move(r));
  }

  async::byte_budget all{8 * body_size};
  async::byte_account job{all, 8 * body_size};
  scripted_fetch server;
};

CO_TEST(CacheRevalidation, TheBodyIsCountedOnlyOnceThe304HasCome) {
  revalidation b;
  co_await b.fill();
  b.server.then(answer_of(304, {{"ETag", "\"a\""}}));
  std::uint64_t meanwhile = 1;
  {
    const auto got = co_await b.ask([&]() -> asio::awaitable<void> {
      meanwhile = b.job.used();
      co_return;
    });
    EXPECT_EQ(meanwhile, 0U);
    EXPECT_EQ(response_in(got).source, content_source::validated);
    EXPECT_EQ(response_in(got).body.size(), b.body_size);
    EXPECT_GE(response_in(got).memory.bytes(), b.body_size);
    EXPECT_EQ(b.job.used(), response_in(got).memory.bytes());
  }
  EXPECT_EQ(b.job.used(), 0U);
}

// So none of it was held: what another has stored under the same validator is what the 304 stands for.
CO_TEST(CacheRevalidation, TheBodyIsReadWhenThe304Comes) {
  revalidation b;
  co_await b.fill();
  b.server.then(answer_of(304, {{"ETag", "\"a\""}}));
  const auto got = co_await b.ask([&] { return b.replace(fresh_page("of another")); });
  EXPECT_EQ(response_in(got).source, content_source::validated);
  EXPECT_EQ(response_in(got).body, "of another");
}

CO_TEST(CacheRevalidation, WhatVanishedMeanwhileIsFetchedWhole) {
  revalidation b;
  co_await b.fill();
  b.server.then(answer_of(304, {{"ETag", "\"a\""}})).then(fresh_page("new"));
  const auto got = co_await b.ask([&] { return b.remove(); });
  EXPECT_EQ(response_in(got).source, content_source::network);
  EXPECT_EQ(response_in(got).body, "new");
  CO_ASSERT(b.server.asked().size() == 2);
  EXPECT_EQ(sent(b.server.asked()[0], "if-none-match"), "\"a\"");
  EXPECT_EQ(sent(b.server.asked()[1], "if-none-match"), "");
  EXPECT_FALSE(b.server.asked()[1].charged);  // its turn is used up
  EXPECT_EQ(b.job.used(), 0U);
}

CO_TEST(CacheRevalidation, WhatChangedMeanwhileIsFetchedWhole) {
  revalidation b;
  co_await b.fill();
  b.server.then(answer_of(304, {{"ETag", "\"a\""}})).then(fresh_page("new"));
  const auto got = co_await b.ask([&] { return b.replace(answer_of(200, {{"Cache-Control", "max-age=60"}, {"ETag", "\"b\""}}, "of another")); });
  EXPECT_EQ(response_in(got).body, "new");
  EXPECT_EQ(b.server.asked().size(), 2U);
  EXPECT_EQ(b.job.used(), 0U);
}

// The second answer is the last, whatever it is.
CO_TEST(CacheRevalidation, AServerThatGivesBut304IsAskedTwice) {
  revalidation b;
  co_await b.fill();
  b.server.then(answer_of(304, {{"ETag", "\"a\""}})).then(answer_of(304, {{"ETag", "\"a\""}}));
  const auto got = co_await b.ask([&] { return b.remove(); });
  EXPECT_EQ(response_in(got).status, 304);
  EXPECT_EQ(b.server.asked().size(), 2U);
}

}  // namespace
}  // namespace trawl::fetch
