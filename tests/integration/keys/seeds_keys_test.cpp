// The keys name, seeds and seed_files, as the server and the records see them.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/support/crawl_run.hpp"

namespace trawl {
namespace {

using nlohmann::json;
using testing::crawl_outcome;
using testing::no_page;
using testing::run_crawl;

site::reply ok(const site::seen_request&) { return testing::html("ok"); }

crawl_outcome crawl_seeds(const std::string& list, std::vector<std::string> more = {}) {
  more.insert(more.begin(), testing::quick.begin(), testing::quick.end());
  return run_crawl("seeds: [" + list + "]\n", {true, std::move(more)});
}

/// Targets other than robots.txt, in the order they were asked for.
std::vector<std::string> asked(const site::server& s) {
  std::vector<std::string> out;
  for (const auto& r : s.log())
    if (r.target != "/robots.txt") out.push_back(r.target);
  return out;
}

/// A file in the temporary directory for as long as it is needed.
class temporary_file {
 public:
  temporary_file(const std::string& suffix, const std::string& content)
      : path_(std::filesystem::temp_directory_path() / ("trawl-seeds-" + std::to_string(::getpid()) + suffix)) {
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~temporary_file() { std::filesystem::remove(path_); }
  temporary_file(const temporary_file&) = delete;
  temporary_file& operator=(const temporary_file&) = delete;
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

crawl_outcome crawl_file(const temporary_file& file, std::vector<std::string> more = {}) {
  more.insert(more.begin(), testing::quick.begin(), testing::quick.end());
  more.emplace_back("fetch.private_addresses=allow");
  return run_crawl("seed_files: [\"" + file.path() + "\"]\n", {true, std::move(more)});
}

TEST(NameKey, StandsInEveryRecord) {
  const site::server s(ok);
  EXPECT_EQ(crawl_seeds("\"" + s.url("/") + "\"", {"name=docs-1"}).records.at(0)["job"], "docs-1");
  EXPECT_EQ(crawl_seeds("\"" + s.url("/") + "\"").records.at(0)["job"], "127.0.0.1");
}

TEST(SeedsKey, BracesExpandAndEachIsItsOwnSeed) {
  const site::server s(ok);
  const auto o = crawl_seeds("\"" + s.url("/{08..10}/{a,b}") + "\"");
  std::set<std::string> expected, seen, seeds;
  for (const char* n : {"08", "09", "10"})
    for (const char* l : {"a", "b"}) expected.insert(std::string("/") + n + "/" + l);
  for (const auto& t : asked(s)) seen.insert(t);
  EXPECT_EQ(seen, expected);
  for (const json& r : o.records) {
    EXPECT_EQ(r["seed"], r["url"]);
    EXPECT_EQ(r["parent"], nullptr);
    EXPECT_EQ(r["depth"], 0);
  }
}

TEST(SeedsKey, SameSeedTwiceIsAskedForOnce) {
  const site::server s(ok);
  EXPECT_EQ(crawl_seeds("\"" + s.url("/a") + "\", \"" + s.url("/a#fragment") + "\"").records.size(), 1U);
  EXPECT_EQ(s.count("/a"), 1U);
}

TEST(SeedsKey, JsonBodyIsPostedWithItsType) {
  const site::server s(ok);
  const auto o = crawl_seeds("{url: \"" + s.url("/") + "\", method: POST, json: {q: shoes, n: 1}}");
  const auto sent = s.log().back();
  EXPECT_EQ(sent.method, "POST");
  EXPECT_EQ(json::parse(sent.body), (json{{"q", "shoes"}, {"n", 1}}));
  EXPECT_EQ(sent.header("content-type"), "application/json");
  EXPECT_EQ(o.records.at(0)["method"], "POST");
}

TEST(SeedsKey, FormIsUrlEncoded) {
  const site::server s(ok);
  crawl_seeds("{url: \"" + s.url("/") + "\", method: POST, form: {q: \"a b&c\", z: \"\xC3\xA9\"}}");
  const auto sent = s.log().back();
  EXPECT_EQ(sent.body, "q=a+b%26c&z=%C3%A9");
  EXPECT_EQ(sent.header("content-type"), "application/x-www-form-urlencoded");
}

TEST(SeedsKey, BodyGoesAsItIs) {
  const site::server s(ok);
  crawl_seeds("{url: \"" + s.url("/") + "\", method: PUT, body: \"raw \\u0001 text\", headers: {Content-Type: text/x-own}}");
  const auto sent = s.log().back();
  EXPECT_EQ(sent.method, "PUT");
  EXPECT_EQ(sent.body, "raw \x01 text");
  EXPECT_EQ(sent.header("content-type"), "text/x-own");
}

TEST(SeedsKey, BodiesMakeDifferentRequests) {
  const site::server s(ok);
  const auto seed = [&](int n) { return "{url: \"" + s.url("/search") + "\", method: POST, json: {page: " + std::to_string(n) + "}}"; };
  EXPECT_EQ(crawl_seeds(seed(1) + ", " + seed(2) + ", " + seed(1)).records.size(), 2U);
  EXPECT_EQ(s.count("/search"), 2U);
}

TEST(SeedsKey, HeadersGoToTheSeedAndNotToItsLinksElsewhere) {
  site::server other(ok);
  site::server s(no_page);
  s.on("/", [&](const auto&) { return site::redirect(other.url("/landing")); });
  crawl_seeds("{url: \"" + s.url("/") + "\", headers: {X-Key: secret}}", {"scope.seed_redirects=any", "fetch.private_addresses=allow"});
  EXPECT_EQ(s.log().back().header("x-key"), "secret");
  ASSERT_EQ(other.count("/landing"), 1U);
  EXPECT_EQ(other.log().back().header("x-key"), "");
}

TEST(SeedsKey, MetaComesBackInEveryRecordBelow) {
  site::server s(ok);
  s.on("/", [](const auto&) { return testing::html("<a href=/child>c</a>"); });
  const auto o = crawl_seeds("{url: \"" + s.url("/") + "\", meta: {sku: A1, n: [1, 2]}}");
  ASSERT_EQ(o.records.size(), 2U);
  EXPECT_EQ((*o.of(s.url("/")))["meta"], (json{{"sku", "A1"}, {"n", {1, 2}}}));
}

TEST(SeedsKey, DepthIsWhereCountingStarts) {
  site::server s(ok);
  s.on("/", [](const auto&) { return testing::html("<a href=/child>c</a>"); });
  const std::string seed = "{url: \"" + s.url("/") + "\", depth: 2}";
  EXPECT_EQ((*crawl_seeds(seed, {"scope.max_depth=3"}).of(s.url("/child")))["depth"], 3);
  EXPECT_EQ(crawl_seeds(seed, {"scope.max_depth=2"}).of(s.url("/child")), nullptr);
}

TEST(SeedsKey, LargerPriorityGoesFirst) {
  const site::server s(ok);
  const auto seed = [&](const char* target, int priority) { return "{url: \"" + s.url(target) + "\", priority: " + std::to_string(priority) + "}"; };
  crawl_seeds(seed("/low", -1) + ", " + seed("/middle", 0) + ", " + seed("/high", 7), {"politeness.per_host=1"});
  EXPECT_EQ(asked(s), (std::vector<std::string>{"/high", "/middle", "/low"}));
}

TEST(SeedsKey, OnlyIdempotentRequestsAreSentAgain) {
  site::server s([](const auto&) { return site::page("", 502); });
  s.on("/robots.txt", no_page);
  const auto seed = [&](const char* target, const char* idempotent) { return "{url: \"" + s.url(target) + "\", method: POST, body: x, idempotent: " + idempotent + "}"; };
  const auto o = crawl_seeds(seed("/once", "false") + ", " + seed("/again", "true"), {"fetch.retries=2"});
  EXPECT_EQ(s.count("/once"), 1U);
  EXPECT_EQ(s.count("/again"), 3U);
  EXPECT_EQ((*o.of(s.url("/once")))["attempts"], 1);
  EXPECT_EQ((*o.of(s.url("/once")))["status"], 502);
}

TEST(SeedFilesKey, TextHasAUrlALineAndComments) {
  const site::server s(ok);
  const temporary_file file(".txt", "# comment\n\n" + s.url("/a") + "\r\n  " + s.url("/b") + "  \n" + s.url("/c"));
  EXPECT_EQ(crawl_file(file).records.size(), 3U);
  EXPECT_EQ(s.count("/a") + s.count("/b") + s.count("/c"), 3U);
}

TEST(SeedFilesKey, JsonLinesAreSeedsAsInTheJob) {
  const site::server s(ok);
  const temporary_file file(".jsonl", "\"" + s.url("/plain") + "\"\n{\"url\": \"" + s.url("/post") + "\", \"method\": \"POST\", \"json\": {\"q\": 1}, \"meta\": {\"sku\": \"B2\"}}\nnot json\n");
  const auto o = crawl_file(file);
  EXPECT_EQ(o.records.size(), 2U);
  EXPECT_EQ((*o.of(s.url("/post")))["meta"]["sku"], "B2");
  EXPECT_EQ(o.numbers.invalid, 1U);
  for (const auto& r : s.log())
    if (r.target == "/post") EXPECT_EQ(r.method + r.body, "POST{\"q\":1}");
}

TEST(SeedFilesKey, JsonLinesKeepEveryKeyAndBracesExpand) {
  const site::server s(ok);
  const temporary_file file(".jsonl", "{\"url\": \"" + s.url("/f") + "\", \"form\": {\"q\": \"a b\"}, \"headers\": {\"X-Key\": \"k\"}}\n\"" + s.url("/{1..3}") +
                                          "\"\n{\"url\": \"" + s.url("/typo") + "\", \"depht\": 1}\n");
  const auto o = crawl_file(file);
  EXPECT_EQ(o.records.size(), 4U);
  EXPECT_EQ(o.numbers.invalid, 1U);
  EXPECT_EQ(s.count("/1") + s.count("/2") + s.count("/3"), 3U);
  for (const auto& r : s.log())
    if (r.target == "/f") EXPECT_EQ(r.method + " " + r.body + " " + r.header("x-key"), "POST q=a+b k");
}

TEST(SeedFilesKey, ByteOrderMarkIsNoPartOfTheFirstUrl) {
  const site::server s(ok);
  const temporary_file text(".txt", "\xEF\xBB\xBF" + s.url("/a") + "\n");
  const temporary_file csv(".csv", "\xEF\xBB\xBFurl,sku\r\n" + s.url("/b") + ",1\r\n");
  EXPECT_EQ(crawl_file(text).records.at(0)["status"], 200);
  EXPECT_EQ(crawl_file(csv).records.at(0)["meta"], (json{{"sku", "1"}}));
}

// RFC 4180, 2.6: a quoted field may hold line ends.
TEST(SeedFilesKey, CsvCellsMayHoldLineEnds) {
  const site::server s(ok);
  const temporary_file file(".csv", "note,url\r\n\"one\r\ntwo, \"\"three\"\"\"," + s.url("/a") + "\r\n\"never ends," + s.url("/b") + "\r\n");
  const auto o = crawl_file(file);
  ASSERT_EQ(o.records.size(), 1U);
  EXPECT_EQ(o.records[0]["meta"]["note"], "one\r\ntwo, \"three\"");
  EXPECT_EQ(o.numbers.invalid, 1U);
}

TEST(SeedFilesKey, CredentialsAreRefusedUnseen) {
  const site::server s(ok);
  const temporary_file file(".txt", "http://u:pw@127.0.0.1/\n" + s.url("/a") + "\n");
  const auto o = crawl_file(file);
  EXPECT_EQ(o.records.size(), 1U);
  EXPECT_EQ(o.numbers.invalid, 1U);
}

TEST(SeedFilesKey, CsvHasAColumnUrlAndTheRestIsMeta) {
  const site::server s(ok);
  const temporary_file file(".csv", "sku,url,note\nA1," + s.url("/a") + ",\"said \"\"hi\"\", twice\"\nA2," + s.url("/b") + ",\nA3,,none\n");
  const auto o = crawl_file(file);
  EXPECT_EQ(o.records.size(), 2U);
  EXPECT_EQ((*o.of(s.url("/a")))["meta"], (json{{"sku", "A1"}, {"note", "said \"hi\", twice"}}));
  EXPECT_EQ((*o.of(s.url("/b")))["meta"], (json{{"sku", "A2"}, {"note", ""}}));
  EXPECT_EQ(o.numbers.invalid, 1U);
}

}  // namespace
}  // namespace trawl
