#include "crawler/engine/discovery/sitemap_reader.hpp"

#include <gmock/gmock.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <sstream>

#include "crawler/frontier/host_gates.hpp"
#include "tests/support/co_test.hpp"
#include "tests/support/scripted_fetch.hpp"

namespace trawl::engine {

namespace asio = boost::asio;

namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::answer_of;

/// What is logged while it lives.
class log_lines {
 public:
  log_lines() : before_(spdlog::default_logger()) {
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_)));
  }
  log_lines(const log_lines&) = delete;
  log_lines& operator=(const log_lines&) = delete;
  ~log_lines() { spdlog::set_default_logger(before_); }

  std::vector<std::string> take() {
    std::vector<std::string> out;
    std::istringstream in(text_.str());
    text_.str("");
    for (std::string line; std::getline(in, line);) out.push_back(line);
    return out;
  }

 private:
  std::shared_ptr<spdlog::logger> before_;
  std::ostringstream text_;
};

/// A reader on a clock that is moved by hand, allowed everything, and a server that answers by a script.
struct reading {
  explicit reading(asio::io_context& on) : loop(on), tasks(on.get_executor()) {}

  /// All of a host's, to the last.
  asio::awaitable<void> read(std::string host, int count, int status) {
    for (int i = 0; i < count; ++i) {
      server.then(answer_of(status));
      reader.take({.url = "http://" + host + "/map" + std::to_string(named++) + ".xml", .seed = ""});
    }
    while (tasks.held() > 0) co_await asio::post(loop, asio::use_awaitable);
  }

  asio::io_context& loop;
  async::manual_clock time;
  frontier::host_gates gates;
  frontier::ledger books{8, 0};
  testing::scripted_fetch server;
  async::gate tasks;
  int named = 0;
  log_lines log;
  sitemap_reader reader{{.books = books,
                         .time = time,
                         .tasks = tasks,
                         .cpu = loop.get_executor(),
                         .fetch = {server.function(), time, {books, 0}, [this](const std::string& host) -> frontier::host_gate& { return gates.gate(host); }, [](const std::string&) {}},
                         .max_redirects = 5,
                         .robots = [](const url::url&) { return frontier::admission{}; },
                         .add = [](std::vector<request>) -> asio::awaitable<void> { co_return; },
                         .pass_on = [](found_sitemap) {},
                         .on_broken = [](std::uint64_t) {}}};
};

CO_TEST(SitemapReader, AHostWhoseSitemapsAreNotThereGetsALineAMinute) {
  reading r(loop);
  co_await r.read("a.example", 50, 404);
  EXPECT_EQ(r.server.asked().size(), 50U);
  auto lines = r.log.take();
  CO_ASSERT(lines.size() == 1);
  EXPECT_THAT(lines[0], HasSubstr("/map0.xml is not read: status 404"));
  r.time.advance(1min);
  co_await r.read("a.example", 2, 404);
  lines = r.log.take();
  CO_ASSERT(lines.size() == 1);
  EXPECT_THAT(lines[0], HasSubstr("/map50.xml is not read: status 404; before it, 49 more such lines were left out"));
}

CO_TEST(SitemapReader, AnotherHostHasALineOfItsOwn) {
  reading r(loop);
  co_await r.read("a.example", 2, 404);
  co_await r.read("b.example", 2, 302);
  const auto lines = r.log.take();
  CO_ASSERT(lines.size() == 2);
  EXPECT_THAT(lines[0], HasSubstr("a.example/map0.xml is not read: status 404"));
  EXPECT_THAT(lines[1], HasSubstr("b.example/map2.xml is not read: it redirects too often, or nowhere"));
}

}  // namespace
}  // namespace trawl::engine
