#include "server/client/exchange.hpp"

#include <gmock/gmock.h>

#include "server/client/api_client.hpp"
#include "tests/site/server.hpp"
#include "tests/support/co_test.hpp"

namespace trawl::server::client {
namespace {

using namespace std::chrono_literals;
using site::chunk;
using site::head;
using site::script;
using site::send;
using ::testing::HasSubstr;

constexpr time_limits short_limits{1'000ms, 300ms, 300ms};
constexpr const char* chunked = "Transfer-Encoding: chunked\r\nTrailer: Trawl-Next\r\n";

service_address at(const site::place& place) { return {place.scheme == "https", place.address, place.port, "", "", ""}; }
service_address at(const site::server& server) { return {false, "127.0.0.1", server.port(), "", "", ""}; }

CO_TEST(Exchange, SendsTokenHostAndBody) {
  site::server server([](const auto&) { return site::page("{}", 200, "application/json"); });
  service_address to = at(server);
  to.token = "sesame-sesame";
  to.base = "/behind";
  exchange one(loop.get_executor(), to, {});
  auto asked = co_await one.ask({"POST", "/api/v1/jobs", "{}", {{"Content-Type", "application/json"}}});
  CO_ASSERT(asked);
  EXPECT_EQ(one.status(), 200U);
  const auto seen = server.log().front();
  EXPECT_EQ(seen.target, "/behind/api/v1/jobs");
  EXPECT_EQ(seen.header("Authorization"), "Bearer sesame-sesame");
  EXPECT_EQ(seen.header("Host"), to.authority());
  EXPECT_EQ(seen.header("Content-Type"), "application/json");
  EXPECT_EQ(seen.body, "{}");
}

CO_TEST(Exchange, GivesBlocksAsTheyComeAndTrailersAfterThem) {
  site::server server([](const auto&) { return script({send(head(200, chunked) + chunk("one\n")), site::pause(50ms), send(chunk("two\n") + chunk("") + "Trawl-Next: 2\r\n\r\n")}); });
  const service_address to = at(server);
  exchange one(loop.get_executor(), to, {});
  auto asked = co_await one.ask({"GET", "/", ""});
  CO_ASSERT(asked);
  EXPECT_EQ(one.field("Trawl-Next"), std::nullopt);
  std::vector<std::string> blocks;
  for (;;) {
    auto block = co_await one.next_block();
    CO_ASSERT(block);
    if (!*block) break;
    blocks.push_back(std::move(**block));
  }
  EXPECT_EQ(blocks, (std::vector<std::string>{"one\n", "two\n"}));
  EXPECT_EQ(one.field("Trawl-Next"), "2");
}

CO_TEST(Exchange, SaysHowItFailed) {
  site::server server([](const auto& r) {
    if (r.target == "/silent") return script({site::hang()});
    if (r.target == "/cut") return script({send(head(200, "Content-Length: 10\r\n") + "half"), site::cut()});
    if (r.target == "/stalls") return script({send(head(200, "Content-Length: 10\r\n") + "half"), site::hang()});
    return site::reply{"SSH-2.0-server\r\n", 0ms, true};
  });
  const service_address to = at(server);
  for (const auto& [target, kind] : {std::pair("/silent", failure::kind::lost), std::pair("/ssh", failure::kind::malformed)}) {
    exchange one(loop.get_executor(), to, short_limits);
    auto asked = co_await one.ask({"GET", target, ""});
    CO_ASSERT(!asked);
    EXPECT_EQ(asked.error().is, kind) << target << asked.error().message;
  }
  for (const char* target : {"/cut", "/stalls"}) {
    exchange one(loop.get_executor(), to, short_limits);
    auto asked = co_await one.ask({"GET", target, ""});
    CO_ASSERT(asked);
    auto first = co_await one.next_block();
    EXPECT_EQ(first.value_or(""), "half");
    auto second = co_await one.next_block();
    CO_ASSERT(!second);
    EXPECT_EQ(second.error().is, failure::kind::lost) << target;
  }
}

CO_TEST(Exchange, NobodyThereIsUnreachable) {
  service_address to;
  {
    site::server gone([](const auto&) { return site::page(""); });
    to = at(gone);
  }
  exchange one(loop.get_executor(), to, {});
  auto asked = co_await one.ask({"GET", "/", ""});
  CO_ASSERT(!asked);
  EXPECT_EQ(asked.error().is, failure::kind::unreachable);
  EXPECT_THAT(asked.error().message, HasSubstr("TRAWL_URL"));
}

CO_TEST(Exchange, TlsIsVerified) {
  const site::authority ca;
  site::server server([](const auto&) { return site::page("{}"); });
  service_address trusted = at(server.listen_tls(ca.issue()));
  trusted.ca_file = ca.ca_file();
  exchange well(loop.get_executor(), trusted, {});
  auto asked = co_await well.ask({"GET", "/", ""});
  CO_ASSERT(asked);
  service_address unknown = trusted;
  unknown.ca_file.clear();
  service_address misnamed = at(server.listen_tls(ca.issue({"other.test"})));
  misnamed.ca_file = ca.ca_file();
  for (const service_address* to : {&unknown, &misnamed}) {
    exchange one(loop.get_executor(), *to, {});
    auto refused = co_await one.ask({"GET", "/", ""});
    CO_ASSERT(!refused);
    EXPECT_EQ(refused.error().is, failure::kind::untrusted) << refused.error().message;
    EXPECT_THAT(refused.error().message, HasSubstr("TRAWL_CA_FILE"));
  }
}

/// A service that does not want a body answers before it has read it.
CO_TEST(Exchange, AnEarlyRefusalIsHeard) {
  site::server server([](const auto&) { return site::page(""); });
  server.on_head("/api/v1/jobs", [](const auto&) { return script({send(head(413, "Content-Length: 25\r\nConnection: close\r\n") + R"({"title":"Too Large now!"})"), site::half_close(), site::take_body()}); });
  const api_client client(loop.get_executor(), at(server));
  auto got = co_await client.submit({std::string(2u << 20, ' ') + "{}", "k"});
  CO_ASSERT(!got);
  EXPECT_EQ(got.error().status, 413U) << got.error().message;
}

TEST(JobTarget, EscapesTheId) {
  EXPECT_EQ(job_target("019a-b"), "/api/v1/jobs/019a-b");
  EXPECT_EQ(job_target("../x y?", "/job"), "/api/v1/jobs/..%2Fx%20y%3F/job");
}

}  // namespace
}  // namespace trawl::server::client
