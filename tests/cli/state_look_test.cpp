// Looking into a state: info, backup, explain; and what --retry and compressed outputs make of one.
#include <csignal>
#include <filesystem>

#include <zlib.h>
#include <zstd.h>

#include "tests/cli/slow_site.hpp"

namespace trawl::cli {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

outcome run(const scratch& s, const slow_site& site, const std::vector<std::string>& more) { return trawl(site.crawl(more), s); }

json json_of(const outcome& o) {
  EXPECT_EQ(o.code, 0) << o.err;
  return json::parse(o.out, nullptr, false);
}

TEST(StateInfo, CountsWhatIsThere) {
  const scratch s;
  const slow_site site;
  ASSERT_EQ(run(s, site, {"-o", "out.ndjson", "--max-pages", "5"}).code, 0);
  const json told = json_of(trawl({"state", "info", "out.ndjson.trawl", "--json"}, s));
  EXPECT_EQ(told["job"], "127.0.0.1");
  EXPECT_EQ(told["records"], 5);
  EXPECT_EQ(told["pages"], 5);
  EXPECT_EQ(told["queued"], site.size() - 5);
  EXPECT_EQ(told["discovered"], site.size());
  EXPECT_EQ(told["hosts"], 1);
  EXPECT_EQ(told["seeds"]["all"], true);
  EXPECT_EQ(told["outputs"][0]["name"], "out.ndjson");
  EXPECT_EQ(told["outputs"][0]["seq"], 5);
  EXPECT_EQ(told["outputs"][0]["bytes"], fs::file_size(s.path("out.ndjson")));
  EXPECT_GT(told["bytes"]["tables"], 0);
  EXPECT_GT(told["bytes"]["records"], 0);
  const auto text = trawl({"state", "info", "out.ndjson.trawl"}, s);
  EXPECT_THAT(text.out, AllOf(HasSubstr("42 = 5 recorded + 37 queued or in flight"), HasSubstr("out.ndjson: records up to 5 of 5")));
}

TEST(StateInfo, OfNothingIsRefused) {
  const scratch s;
  for (const std::vector<std::string>& words : {std::vector<std::string>{"state", "info", "none"}, {"state", "backup", "none", "copy"}, {"explain", "http://h/", "--state", "none"}}) {
    const auto got = trawl(words, s);
    EXPECT_EQ(got.code, 2);
    EXPECT_THAT(got.err, HasSubstr("none holds no state of trawl's"));
  }
  EXPECT_FALSE(fs::exists(s.path("none")));
  EXPECT_FALSE(fs::exists(s.path("copy")));
}

TEST(StateBackup, BesideARunningCrawlIsWhole) {
  const scratch s;
  const slow_site site(1000, std::chrono::milliseconds(4));
  process running(site.crawl({"-o", "out.ndjson"}), s.dir());
  ASSERT_TRUE(site.wait_for(20));
  std::vector<std::uint64_t> sizes;
  for (int i = 0; i < 3; ++i) {
    const std::string to = "copy" + std::to_string(i);
    const auto got = trawl({"state", "backup", "out.ndjson.trawl", to}, s);
    ASSERT_EQ(got.code, 0) << got.err;
    sizes.push_back(json_of(trawl({"state", "info", to, "--json"}, s))["records"]);
  }
  running.signal(SIGKILL);
  running.wait();
  for (int i = 0; i < 3; ++i) {
    const std::string to = "copy" + std::to_string(i), file = "from" + std::to_string(i) + ".ndjson";
    const auto rest = run(s, site, {"-o", file, "--state", to});
    EXPECT_EQ(rest.code, 0) << rest.err;
    EXPECT_THAT(rest.err, HasSubstr("goes on: " + std::to_string(sizes[static_cast<std::size_t>(i)]) + " records are there"));
    expect_whole(s.read(file), site);
  }
  EXPECT_EQ(run(s, site, {"-o", "out.ndjson"}).code, 0);  // nobody has disturbed it
  expect_whole(s.read("out.ndjson"), site);
}

TEST(StateBackup, OverwritesNothing) {
  const scratch s;
  const slow_site site;
  ASSERT_EQ(run(s, site, {"-o", "out.ndjson", "--max-pages", "5"}).code, 0);
  fs::create_directory(s.path("there"));
  const auto got = trawl({"state", "backup", "out.ndjson.trawl", "there"}, s);
  EXPECT_EQ(got.code, 2);
  EXPECT_THAT(got.err, HasSubstr("there is there already"));
  EXPECT_TRUE(fs::is_empty(s.path("there")));
}

TEST(Explain, NamesTheTrapThatKeepsAUrlOut) {
  const scratch s;
  site::server web([](const auto&) { return site::page("", 404); });
  web.on("/", [](const auto&) {
    std::string links;
    for (int i = 1; i <= 1000; ++i) links += "<a href='http://h" + std::to_string(i) + ".wild.test/'>l</a>";
    return site::page(links);
  });
  ASSERT_EQ(trawl({"crawl", web.url("/"), "-o", "out.ndjson", "--max-pages", "1", "--set", "scope.within=any"}, s).code, 0);
  const auto scope_of = [&](const std::string& url) { return json_of(trawl({"explain", url, "--state", "out.ndjson.trawl", "--json"}, s))["scope"]; };
  EXPECT_EQ(scope_of("http://h1001.wild.test/"), (json{{"allowed", false}, {"rule", "trap.domain"}}));
  EXPECT_EQ(scope_of("http://h7.wild.test/")["allowed"], true);
  EXPECT_EQ(scope_of("http://h7.wild.test/another")["allowed"], true);
  EXPECT_EQ(scope_of("http://tame.test/")["allowed"], true);
  EXPECT_EQ(scope_of(web.url("/a/a/a/a/a"))["rule"], "trap.repeats");
}

TEST(Explain, TellsWhatBecameOfAUrl) {
  const scratch s;
  const slow_site site;
  ASSERT_EQ(run(s, site, {"-o", "out.ndjson", "--max-pages", "5", "--set", "scope.exclude=[\"*/secret*\"]"}).code, 0);
  const auto explained = [&](const std::string& url) { return json_of(trawl({"explain", url, "--state", "out.ndjson.trawl", "--json"}, s)); };
  const json root = explained(site.url() + "#part");
  EXPECT_EQ(root["fate"], "recorded");
  EXPECT_EQ(root["parent"], nullptr);
  EXPECT_EQ(root["scope"]["rule"], "seeds");
  EXPECT_EQ(root["record"]["seq"], 1);
  EXPECT_EQ(root["record"]["status"], 200);
  const json last = explained(site.url("/p/40"));
  EXPECT_EQ(last["fate"], "queued");
  EXPECT_EQ(last["parent"], site.url());
  EXPECT_EQ(last["depth"], 1);
  EXPECT_EQ(last["scope"]["rule"], "scope.within");
  EXPECT_EQ(last["queue"]["position"], site.size() - 5 - 1);  // the broken link is behind it
  EXPECT_EQ(last["queue"]["queued"], site.size() - 5);
  EXPECT_EQ(explained(site.url("/never"))["fate"], "unknown");
  const json kept_out = explained(site.url("/secret/1"));
  EXPECT_EQ(kept_out["scope"]["allowed"], false);
  EXPECT_EQ(kept_out["scope"]["rule"], "scope.exclude");
  EXPECT_EQ(kept_out["scope"]["by"], "*/secret*");
  EXPECT_EQ(explained("http://elsewhere.test/")["scope"]["rule"], "scope.within");
  const auto text = trawl({"explain", site.url("/p/40"), "--state", "out.ndjson.trawl"}, s);
  EXPECT_THAT(text.out, AllOf(HasSubstr("found      on " + site.url() + " at depth 1"), HasSubstr("let in by scope.within: host"), HasSubstr("number 36 of 37 of the host")));
  EXPECT_EQ(trawl({"explain", "http://exa mple/", "--state", "out.ndjson.trawl"}, s).code, 2);
}

TEST(Explain, ShowsTheRobotsLine) {
  const scratch s;
  const slow_site site;
  ASSERT_EQ(run(s, site, {site.url("/private/x"), "-o", "out.ndjson", "--depth", "0", "--state", "kept"}).code, 0);
  const auto got = trawl({"explain", site.url("/private/x"), "--state", "kept"}, s);
  EXPECT_THAT(got.out, AllOf(HasSubstr("robots.disallowed"), HasSubstr("forbidden by \"Disallow: /private\"")));
}

TEST(Retry, VisitsWhatMatchesOnceMore) {
  const scratch s;
  slow_site site;
  ASSERT_EQ(run(s, site, {"-o", "out.ndjson", "--state", "kept"}).code, 0);
  site.mend();
  const auto again = run(s, site, {"-o", "out.ndjson", "--state", "kept", "--retry", "timeout.*,4xx", "--summary", "sum.json"});
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(again.err, HasSubstr("visits 1 URLs again"));
  EXPECT_EQ(site.count("/broken"), 2U);
  EXPECT_EQ(site.count("/p/1"), 1U);
  const auto all = lines(s.read("out.ndjson"));
  ASSERT_EQ(all.size(), site.size() + 1);
  const json last = json::parse(all.back());
  EXPECT_EQ(last["url"], site.url("/broken"));
  EXPECT_EQ(last["status"], 200);
  EXPECT_EQ(last["seq"], site.size() + 1);
  const json counts = json::parse(s.read("sum.json"))["counts"];
  EXPECT_EQ(counts["discovered"], site.size() + 1);
  EXPECT_EQ(counts["recorded"], site.size() + 1);
  EXPECT_EQ(json_of(trawl({"explain", site.url("/broken"), "--state", "kept", "--json"}, s))["visit"], 2);
  EXPECT_THAT(run(s, site, {"-o", "out.ndjson", "--state", "kept", "--retry", "404"}).err, HasSubstr("visits 0 URLs again"));  // the latest record counts
  EXPECT_EQ(lines(s.read("out.ndjson")).size(), site.size() + 1);
}

TEST(Retry, NeedsAStateAndCodesThatThereAre) {
  const scratch s;
  const slow_site site;
  const auto refused = [&](const std::vector<std::string>& more) {
    const auto got = run(s, site, more);
    EXPECT_EQ(got.code, 2);
    return got.err;
  };
  EXPECT_THAT(refused({"--retry", "5xx"}), HasSubstr("--retry needs a state"));
  EXPECT_THAT(refused({"-o", "out.ndjson", "--retry", "5xx"}), HasSubstr("there is no state in out.ndjson.trawl"));
  ASSERT_EQ(run(s, site, {"-o", "out.ndjson", "--max-pages", "2"}).code, 0);
  EXPECT_THAT(refused({"-o", "out.ndjson", "--retry", "timeout.frist_byte"}), HasSubstr("did you mean timeout.first_byte?"));
  EXPECT_THAT(refused({"-o", "out.ndjson", "--retry", "700"}), HasSubstr("'700' is no error code"));
  EXPECT_EQ(site.requests(), 3U);
}

std::string gunzipped(const std::string& bytes) {
  std::string out, piece(1 << 16, '\0');
  z_stream z{};
  inflateInit2(&z, 15 + 16);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  int got = Z_OK;
  while (got == Z_OK) {
    z.next_out = reinterpret_cast<Bytef*>(piece.data());
    z.avail_out = static_cast<uInt>(piece.size());
    got = inflate(&z, Z_NO_FLUSH);
    out.append(piece.data(), piece.size() - z.avail_out);
    if (got == Z_STREAM_END && z.avail_in > 0) got = inflateReset(&z);
  }
  EXPECT_EQ(got, Z_STREAM_END);
  inflateEnd(&z);
  return out;
}

std::string unzstd(const std::string& bytes) {
  std::string out, piece(ZSTD_DStreamOutSize(), '\0');
  ZSTD_DStream* z = ZSTD_createDStream();
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  std::size_t left = 0;
  while (in.pos < in.size) {
    ZSTD_outBuffer to{piece.data(), piece.size(), 0};
    left = ZSTD_decompressStream(z, &to, &in);
    EXPECT_EQ(ZSTD_isError(left), 0U);
    if (ZSTD_isError(left) != 0) break;
    out.append(piece.data(), to.pos);
  }
  EXPECT_EQ(left, 0U) << "a frame is not whole";
  ZSTD_freeDStream(z);
  return out;
}

TEST(CompressedOutput, IsWholeAfterKills) {
  for (const std::string suffix : {".gz", ".zst"}) {
    const scratch s;
    const slow_site site(150, std::chrono::milliseconds(20));
    const std::string file = "out.ndjson" + suffix;
    for (int kills = 0; kills < 2; ++kills) {
      process p(site.crawl({"-o", file}), s.dir());
      ASSERT_TRUE(site.wait_for(site.requests() + 60));
      p.signal(SIGKILL);
      p.wait();
    }
    const auto rest = run(s, site, {"-o", file});
    EXPECT_EQ(rest.code, 0) << rest.err;
    const std::string bytes = s.read(file);
    expect_whole(suffix == ".gz" ? gunzipped(bytes) : unzstd(bytes), site);
  }
}

TEST(CompressedOutput, AppendsAMember) {
  const scratch s;
  const slow_site site;
  for (const char* how : {"--overwrite", "--append"}) ASSERT_EQ(run(s, site, {"-o", "out.ndjson.gz", "--depth", "0", how}).code, 0);
  EXPECT_EQ(lines(gunzipped(s.read("out.ndjson.gz"))).size(), 2U);
}

}  // namespace
}  // namespace trawl::cli
