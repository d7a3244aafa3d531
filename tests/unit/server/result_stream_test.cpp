#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "crawler/frontier/memory/memory_log.hpp"
#include "server/api/result_stream.hpp"

namespace trawl::server::api {
namespace {

namespace asio = boost::asio;

/// Runs a coroutine to its end, within two seconds.
template <class T>
T run(asio::io_context& loop, asio::awaitable<T> work) {
  std::optional<T> out;
  asio::co_spawn(loop, std::move(work), [&](std::exception_ptr failure, T value) {
    EXPECT_FALSE(failure);
    out = std::move(value);
  });
  loop.restart();
  loop.run_for(std::chrono::seconds(2));
  EXPECT_TRUE(out) << "not over in time";
  return out ? std::move(*out) : T{};
}

/// Keeps what is read, as the segment log does.
std::shared_ptr<frontier::memory_log> a_log() {
  auto log = std::make_shared<frontier::memory_log>();
  log->subscribe();
  return log;
}

asio::awaitable<bool> fill(frontier::appendable_log& log, std::vector<std::string> records) {
  for (auto& r : records) {
    const bool output = r.find("hidden") == std::string::npos;
    co_await log.append(std::move(r), output);
  }
  co_return true;
}

asio::awaitable<std::string> all(async::stream<std::string> from) {
  std::string out;
  while (auto block = co_await from.next()) out += *block;
  co_return out;
}

std::shared_ptr<log_cursor> at(std::uint64_t after, std::uint64_t until, bool follows = false) { return std::make_shared<log_cursor>(log_cursor{after, until, follows}); }

const std::vector<std::string> four = {R"({"seq":0,"status":200})", R"({"seq":0,"meta":{"status":404,"error":{"code":"x"}},"status":404})", R"({"seq":0,"status":null,"error":{"code":"timeout.total","message":"m"}})",
                                       R"({"seq":0,"status":503,"hidden":1})"};

std::string read(const std::string& status, const std::string& error) {
  asio::io_context loop;
  const auto log = a_log();
  run(loop, fill(*log, four));
  const auto keep = wanted(status, error);
  EXPECT_TRUE(keep);
  std::string text = run(loop, all(blocks(async::where(entries(log, at(0, 4)), *keep))));
  std::string seqs;
  for (std::size_t i = text.find("\"seq\":"); i != std::string::npos; i = text.find("\"seq\":", i + 1)) seqs += text[i + 6];
  return seqs;
}

TEST(ResultStream, FiltersByStatusAndError) {
  EXPECT_EQ(read("", ""), "123");  // what a rule keeps out of the outputs never comes
  EXPECT_EQ(read("200", ""), "1");
  EXPECT_EQ(read("4xx", ""), "2");
  EXPECT_EQ(read("404", ""), "2");
  EXPECT_EQ(read("5xx", ""), "");
  EXPECT_EQ(read("", "timeout.*"), "3");
  EXPECT_EQ(read("", "x"), "");  // that one is the seed's own meta
  EXPECT_EQ(read("200", "timeout.*"), "");
  for (const char* bad : {"2", "2x", "xxx", "9xx", "20x", "2000"}) EXPECT_FALSE(wanted(bad, "")) << bad;
}

TEST(ResultStream, ReadsBetweenTheCursors) {
  asio::io_context loop;
  const auto log = a_log();
  run(loop, fill(*log, four));
  EXPECT_EQ(run(loop, all(blocks(entries(log, at(1, 2))))), R"({"seq":2,"meta":{"status":404,"error":{"code":"x"}},"status":404})" "\n");
  EXPECT_EQ(run(loop, all(blocks(entries(log, at(4, 4))))), "");
  EXPECT_EQ(run(loop, all(blocks(entries(log, at(9, 9))))), "");
}

TEST(ResultStream, GathersWhatIsThereIntoOneBlock) {
  asio::io_context loop;
  const auto log = a_log();
  std::vector<std::string> many(100, "{\"seq\":0,\"x\":\"" + std::string(1000, 'x') + "\"}");
  run(loop, fill(*log, many));
  const auto cursor = at(0, 100);
  auto stream = blocks(entries(log, cursor));
  const auto first = run(loop, stream.next());
  ASSERT_TRUE(first);
  EXPECT_GT(first->size(), 64U << 10);
  EXPECT_LT(first->size(), 66U << 10);
  EXPECT_LT(cursor->seq, 100U);  // and the rest is read when it is asked for
}

asio::awaitable<std::string> some(async::stream<std::string>& from, int count) {
  std::string out;
  while (count-- > 0)
    if (auto block = co_await from.next()) out += *block;
  co_return out;
}

TEST(ResultStream, HeartbeatsLoseNothing) {
  asio::io_context loop;
  const auto log = a_log();
  auto stream = with_heartbeat(blocks(entries(log, at(0, 0, true))), std::chrono::milliseconds(20));
  EXPECT_EQ(run(loop, some(stream, 2)), "\n\n");
  run(loop, fill(*log, {"{\"seq\":0}"}));
  EXPECT_EQ(run(loop, some(stream, 1)), "{\"seq\":1}\n");
  EXPECT_EQ(run(loop, some(stream, 1)), "\n");
  run(loop, fill(*log, {"{\"seq\":0}"}));
  log->close();
  EXPECT_EQ(run(loop, all(std::move(stream))), "{\"seq\":2}\n");
}

TEST(ResultStream, ItemsAreLinesWithTheirRecordsUrlAndSeq) {
  asio::io_context loop;
  const auto log = a_log();
  run(loop, fill(*log, {R"({"seq":0,"url":"http://h/1","final_url":"http://h/one","items":[{"a":1},{"url":"u","seq":"s","a":2}]})", R"({"seq":0,"url":"http://h/2"})", R"({"seq":0,"url":"http://h/3","items":[{"a":3}]})"}));
  const auto cursor = at(0, 3);
  EXPECT_EQ(run(loop, all(blocks(item_rows(entries(log, cursor))))), "{\"url\":\"http://h/one\",\"seq\":1,\"a\":1}\n{\"url\":\"u\",\"seq\":\"s\",\"a\":2}\n{\"url\":\"http://h/3\",\"seq\":3,\"a\":3}\n");
  EXPECT_EQ(cursor->seq, 3U);
}

}  // namespace
}  // namespace trawl::server::api
