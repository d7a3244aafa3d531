// What fetch.memory is for: the process stays within it, whatever the servers send.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/process.hpp"
#include "tests/site/server.hpp"
#include "tests/support/compressed.hpp"
#include "tests/support/cost.hpp"

namespace trawl::cli {
namespace {

/// Two hundred bodies of max_body each, at once, would be 800 MiB.
TEST(Memory, TwoHundredBombsStayWithinTheirBudget) {
  constexpr std::size_t bombs = test::is_sanitized ? 40 : 200, mib = 1024;  // in KiB
  const std::string bytes = testing::compressed_zeros(64U << 20, "gzip");
  site::server s([&](const site::seen_request& r) { return r.target == "/robots.txt" ? site::page("", 404) : site::page(bytes, 200, "text/html", "Content-Encoding: gzip\r\n"); });
  const scratch here;
  const nlohmann::json job = {{"seeds", {s.url(fmt::format("/{{1..{}}}", bombs))}},
                              {"politeness", {{"per_host", bombs}, {"delay", "0s"}, {"adaptive", false}}},
                              {"fetch", {{"memory", "16MiB"}, {"max_body", "4MiB"}}}};
  process p({"crawl", here.write("job.json", job.dump()), "-q", "--summary", "summary.json"}, here.dir());
  const outcome done = p.wait(std::chrono::seconds(55));
  ASSERT_EQ(done.code, 0) << done.err;
  const auto summary = nlohmann::json::parse(here.read("summary.json"));
  EXPECT_EQ(summary["pages_2xx"], bombs);
  EXPECT_EQ(summary["errors"], nlohmann::json::object());
  EXPECT_EQ(summary["bytes"], bombs * 4 * mib * 1024);
  // The budget and the one body beyond it; on each thread of the CPU pool a page's text, decoded, beside its body; the rest is the
  // program's, and 64 KiB a connection.
  if (!test::is_sanitized) EXPECT_LT(done.peak_kib, 224 * mib);
}

}  // namespace
}  // namespace trawl::cli
