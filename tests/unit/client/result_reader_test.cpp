#include "server/client/result_reader.hpp"

#include <gmock/gmock.h>

#include <boost/asio/use_awaitable.hpp>

#include "tests/site/server.hpp"
#include "tests/support/co_test.hpp"

namespace trawl::server::client {
namespace {

using namespace std::chrono_literals;
using site::chunk;
using site::head;
using site::script;
using site::send;

TEST(LineSplitter, GivesWholeLinesAndDropsEmptyOnes) {
  line_splitter s;
  EXPECT_EQ(s.add("\n{\"a\":"), "");
  EXPECT_EQ(s.add("1}\n\n{\"b\":2}\n{\"c"), "{\"a\":1}\n{\"b\":2}\n");
  s.forget();
  EXPECT_EQ(s.add("{\"d\":4}\n"), "{\"d\":4}\n");
}

TEST(SeqOf, IsTheRecordsOwn) {
  EXPECT_EQ(seq_of(R"({"job":"seq","meta":{"seq":9},"seq":12,"broken)"), 12U);
  EXPECT_EQ(seq_of(R"({"name":"x"})"), std::nullopt);
  EXPECT_EQ(seq_of(R"({"seq":"7"})"), std::nullopt);
  EXPECT_EQ(seq_of("not json"), std::nullopt);
}

std::string record(int seq) { return R"({"job":"j","seq":)" + std::to_string(seq) + R"(,"url":"https://h/"})" + "\n"; }
std::string cursor(int next, bool complete) { return "Trawl-Next: " + std::to_string(next) + "\r\nTrawl-Complete: " + (complete ? "true" : "false") + "\r\n"; }

/// Answers each target as told, in its own words.
class told_service {
 public:
  told_service() : server_([](const auto&) { return site::page(R"({"title":"Not Found"})", 404, "application/problem+json"); }) {}
  void on(const std::string& query, std::vector<site::step> steps) {
    server_.on("/api/v1/jobs/j/results?" + query, [steps = std::move(steps)](const auto&) { return script(steps); });
  }
  service_address address() const { return {false, "127.0.0.1", server_.port(), "", "", ""}; }
  std::size_t requests() const { return server_.log().size(); }

 private:
  site::server server_;
};

struct all_read {
  std::string text;
  std::optional<failure> wrong;
};

boost::asio::awaitable<all_read> read_all(result_reader& reader) {
  all_read out;
  for (;;) {
    auto lines = co_await reader.next();
    if (!lines) {
      out.wrong = std::move(lines.error());
      co_return out;
    }
    if (!*lines) co_return out;
    out.text += **lines;
  }
}

const std::string chunked_head = head(200, "Transfer-Encoding: chunked\r\n");

CO_TEST(ResultReader, ABrokenConnectionGivesEachRecordOnce) {
  told_service service;
  service.on("after=0&follow=true", {send(chunked_head + chunk(record(1)) + chunk("\n") + chunk(record(2) + record(3).substr(0, 9))), site::reset()});
  service.on("after=2&follow=true", {send(chunked_head + chunk(record(3))), site::cut()});
  service.on("after=3&follow=true", {send(chunked_head + chunk(record(4)) + chunk("") + cursor(4, true) + "\r\n")});
  const api_client client(loop.get_executor(), service.address());
  int breaks = 0;
  result_reader reader(client, {.id = "j", .follows = true}, 10s, [&breaks](const failure&) { ++breaks; });
  const auto got = co_await read_all(reader);
  EXPECT_FALSE(got.wrong) << got.wrong->message;
  EXPECT_EQ(got.text, record(1) + record(2) + record(3) + record(4));
  EXPECT_EQ(breaks, 2);
  EXPECT_TRUE(reader.is_complete());
  EXPECT_EQ(reader.after(), 4U);
}

/// A service that stops ends its streams well, but they are not complete.
CO_TEST(ResultReader, AFollowedStreamGoesOnUntilItIsComplete) {
  told_service service;
  service.on("after=0&follow=true", {send(chunked_head + chunk(record(1)) + chunk("") + cursor(5, false) + "\r\n")});
  service.on("after=5&follow=true", {send(chunked_head + chunk("") + cursor(5, true) + "\r\n")});
  const api_client client(loop.get_executor(), service.address());
  result_reader reader(client, {.id = "j", .follows = true}, 10s, {});
  const auto got = co_await read_all(reader);
  EXPECT_FALSE(got.wrong);
  EXPECT_EQ(got.text, record(1));
  EXPECT_EQ(service.requests(), 2U);
}

/// A page with a filter looks at so many records and may hold fewer than were asked for.
CO_TEST(ResultReader, ALimitIsFilledFromSeveralPages) {
  told_service service;
  service.on("after=0&limit=3&status=5xx", {send(head(200, cursor(100, false) + "Content-Length: " + std::to_string(record(7).size()) + "\r\n") + record(7))});
  service.on("after=100&limit=2&status=5xx", {send(head(200, cursor(200, false) + "Content-Length: " + std::to_string(2 * record(101).size()) + "\r\n") + record(101) + record(102))});
  const api_client client(loop.get_executor(), service.address());
  result_reader reader(client, {.id = "j", .limit = 3, .status = "5xx"}, 10s, {});
  const auto got = co_await read_all(reader);
  EXPECT_FALSE(got.wrong);
  EXPECT_EQ(got.text, record(7) + record(101) + record(102));
  EXPECT_FALSE(reader.is_complete());
}

CO_TEST(ResultReader, WithoutFollowItEndsWithWhatIsThere) {
  told_service service;
  service.on("after=4", {send(head(200, cursor(6, false) + "Trawl-Missing: 2\r\nTransfer-Encoding: chunked\r\n") + chunk(record(5) + record(6)) + chunk("") + "\r\n")});
  const api_client client(loop.get_executor(), service.address());
  result_reader reader(client, {.id = "j", .after = 4}, 10s, {});
  const auto got = co_await read_all(reader);
  EXPECT_EQ(got.text, record(5) + record(6));
  EXPECT_FALSE(reader.is_complete());
  EXPECT_EQ(reader.missing(), 2U);
  EXPECT_EQ(service.requests(), 1U);
}

CO_TEST(ResultReader, PatienceEnds) {
  told_service service;
  service.on("after=0&follow=true", {send(chunked_head + chunk(record(1))), site::cut()});
  service.on("after=1&follow=true", {site::cut()});
  const api_client client(loop.get_executor(), service.address());
  result_reader reader(client, {.id = "j", .follows = true}, 600ms, {});
  const auto got = co_await read_all(reader);
  CO_ASSERT(got.wrong);
  EXPECT_EQ(got.wrong->exit_code(), 3);
  EXPECT_EQ(reader.after(), 1U);
}

/// Rows without a place of their own can't be gone on with: better an error than a row twice.
CO_TEST(ResultReader, RowsWithoutSeqAreNotReadAgain) {
  told_service service;
  service.on("after=0&follow=true&rows=items", {send(chunked_head + chunk("{\"name\":\"x\"}\n")), site::cut()});
  const api_client client(loop.get_executor(), service.address());
  result_reader reader(client, {.id = "j", .follows = true, .rows = "items"}, 10s, {});
  const auto got = co_await read_all(reader);
  EXPECT_EQ(got.text, "{\"name\":\"x\"}\n");
  EXPECT_TRUE(got.wrong);
  EXPECT_EQ(service.requests(), 1U);
}

CO_TEST(ResultReader, WhatTheServiceRefusesIsNotTriedAgain) {
  told_service service;
  const api_client client(loop.get_executor(), service.address());
  result_reader reader(client, {.id = "j"}, 10s, {});
  const auto got = co_await read_all(reader);
  CO_ASSERT(got.wrong);
  EXPECT_EQ(got.wrong->status, 404U);
  EXPECT_EQ(service.requests(), 1U);
}

}  // namespace
}  // namespace trawl::server::client
