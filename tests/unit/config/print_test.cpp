#include "config/print/print.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "config/job_doc.hpp"
#include "config/print/record_doc.hpp"
#include "config/server_doc.hpp"
#include "crawler/model/record.hpp"
#include "tests/unit/config/loading.hpp"

namespace trawl::config {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

template <class... T>
bool all_rows_fit() {
  return (rows_fit<T>() && ...);
}

TEST(Describe, RowsStandInTheOrderOfTheMembers) {
  EXPECT_TRUE((all_rows_fit<job, scope, seed, politeness, fetch, extract, rule, expect, limits, traps, backoff, timeout, cookies, cache, tls>()));
  EXPECT_TRUE((all_rows_fit<basic_auth, auth_entry, login, field, item_table, follow_selector, extract_changes, output_entry, schedule>()));
  EXPECT_TRUE((all_rows_fit<server, token, server_auth, server_tls, server_jobs, ceilings, server_egress, webhooks, server_log>()));
  EXPECT_TRUE((all_rows_fit<record_shape, record_error, record_robots, record_redirect, record_link>()));
}

TEST(WriteJob, SecretsAreHidden) {
  const auto j = load("seeds: [{url: \"http://h/\", headers: {X-Key: k1}}]\nfetch: {headers: {X-Token: t1}}");
  const std::string text = to_json(j.job).dump();
  for (const char* secret : {"k1", "t1"}) EXPECT_THAT(text, Not(HasSubstr(secret)));
  EXPECT_THAT(text, HasSubstr("\"X-Token\":\"***\""));
  job with_user;
  with_user.seeds.push_back({.url = "http://u:pw@h/"});
  EXPECT_THAT(to_json(with_user).dump(), HasSubstr("http://***@h/"));
}

TEST(WriteJob, WhatIsNotBuiltIsLeftOut) {
  const auto printed = to_json(load("seeds: [http://h/]").job);
  EXPECT_EQ(printed["fetch"]["memory"], "auto");
  EXPECT_TRUE(printed["extract"].contains("markdown"));
  EXPECT_FALSE(printed["extract"].contains("microdata"));
}

TEST(WriteJob, AuthAndLoginAreHidden) {
  job j;
  j.fetch.auth.push_back({.host = "h", .basic = basic_auth{"someone", "pw"}, .bearer = "tok", .cookie = "a=cook", .headers = {{"X", "hdr"}}});
  j.fetch.login = login{"http://h/login", "form", {{"password", "pw"}}, ".out"};
  j.fetch.proxies = {"http://someone:pw@p:3128"};
  const std::string text = to_json(j).dump();
  for (const char* secret : {"someone", "pw", "tok\"", "cook\"", "hdr"}) EXPECT_THAT(text, Not(HasSubstr(secret)));
  EXPECT_THAT(text, HasSubstr("\"host\":\"h\""));
}

TEST(WriteJob, YamlReadsBackEqual) {
  const auto j = load(
      "seeds: [{url: http://h/, meta: {\"a b\": [1, {c: \"x: y # z\"}]}}, http://h/b]\nscope: {exclude: [\"*/cart*\", \"re:[?&]s=\"]}\npoliteness: {delay: "
      "1m30s}\nrules: [{match: \"*\", priority: -3}]");
  ASSERT_EQ(messages(j), "");
  const auto again = load(to_yaml(to_json(j.job)));
  EXPECT_EQ(messages(again), "");
  EXPECT_EQ(to_json(again.job), to_json(j.job));
}

TEST(WriteJob, CommentedFileIsAValidJob) {
  for (const char* url : {"https://example.org/", "https://example.org/?a=\"b\"#\\c"}) {
    const auto j = load(commented_job(url));
    EXPECT_EQ(messages(j), "");
    EXPECT_EQ(j.job.name, "example.org");
    EXPECT_EQ(j.job.seeds.front().url, url);
  }
  auto defaults = to_json(job{});
  auto commented = to_json(load(commented_job("https://example.org/")).job);
  for (const char* key : {"name", "seeds"}) defaults.erase(key), commented.erase(key);
  EXPECT_EQ(commented, defaults);
}

TEST(Schema, KnowsEveryKey) {
  const auto schema = job_schema();
  EXPECT_TRUE(schema["properties"]["politeness"]["properties"].contains("give_up_after"));
  EXPECT_EQ(schema["properties"]["scope"]["properties"]["within"]["enum"].size(), 4U);
  EXPECT_TRUE(schema["properties"]["extract"]["properties"]["fields"].contains("additionalProperties"));
  EXPECT_THAT(schema.dump(), HasSubstr("\"required\":[\"match\"]"));
  EXPECT_TRUE(server_schema()["properties"]["defaults"]["properties"].contains("politeness"));
  EXPECT_FALSE(server_schema()["properties"]["defaults"]["properties"].contains("seeds"));
}

/// A record that says everything the model can say.
record full_record() {
  record r;
  r.job = "j";
  r.asked.url = r.asked.seed = "http://h/";
  r.asked.method = "POST";
  r.asked.meta = "{\"a\":1}";
  r.final_url = "http://h/b";
  r.status = 200;
  r.failure = error{errc::body_decode, "broken"};
  r.truncated = truncation::time;
  r.tls_verified = false;
  r.noindex = true;
  r.duplicate_of = "http://h/a";
  r.robots = robots_note{true, "Allow: /"};
  r.redirects.push_back({"http://h/", 301});
  r.headers = header_list{{"Server", "x"}};
  r.title = "t";
  r.links = std::vector<link>{{"http://h/c", "c", "next", link_kind::a}};
  r.metadata = r.fields = "{}";
  r.items = "[]";
  r.html = "<p>";
  r.warnings = {"w"};
  return r;
}

TEST(Schema, OfTheRecordKnowsEveryKeyThatIsWritten) {
  const auto schema = record_schema();
  const auto written = nlohmann::ordered_json::parse(to_json(full_record()));
  for (const auto& [key, value] : written.items()) EXPECT_TRUE(schema["properties"].contains(key)) << key;
  for (const char* key : {"error", "robots"})
    for (const auto& [inner, value] : written[key].items()) EXPECT_TRUE(schema["properties"][key]["properties"].contains(inner)) << key << "." << inner;
  for (const char* key : {"redirects", "links"})
    for (const auto& [inner, value] : written[key][0].items())
      EXPECT_TRUE(schema["properties"][key]["items"]["properties"].contains(inner)) << key << "." << inner;
  std::vector<std::string> order;
  for (const auto& [key, value] : schema["properties"].items())
    if (written.contains(key)) order.push_back(key);
  std::vector<std::string> as_written;
  for (const auto& [key, value] : written.items()) as_written.push_back(key);
  EXPECT_EQ(order, as_written);
}

TEST(Schema, OfTheRecordRequiresOnlyWhatIsAlwaysThere) {
  record empty;
  empty.asked.url = empty.asked.seed = "http://h/";
  const auto written = nlohmann::json::parse(to_json(empty));
  std::set<std::string> required, keys;
  for (const auto& key : record_schema()["required"]) required.insert(key);
  for (const auto& [key, value] : written.items()) keys.insert(key);
  EXPECT_EQ(required, keys);
}

TEST(Schema, KnowsEveryErrorCode) {
  std::set<std::string_view> told, known;
  for (const error_row& e : error_rows) told.insert(e.code);
  for (int i = 0; i < static_cast<int>(errc::cancelled); ++i) known.insert(to_string(static_cast<errc>(i)));
  EXPECT_EQ(told, known);
}

std::string text_of(const std::filesystem::path& file) {
  std::ostringstream out;
  out << std::ifstream(file, std::ios::binary).rdbuf();
  return std::move(out).str();
}

TEST(Reference, PagesAreUpToDate) {
  for (const char* page : {"job", "server", "record", "errors"})
    EXPECT_EQ(text_of(std::string(TRAWL_SOURCE_DIR "/docs/reference/") + page + ".md"), reference_page(page))
        << "write it anew: trawl schema " << page << " --markdown >docs/reference/" << page << ".md";
  EXPECT_FALSE(reference_page("moon"));
}

TEST(Examples, AllAreValid) {
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(TRAWL_SOURCE_DIR "/config/examples")) {
    if (entry.path().extension() != ".yaml") continue;
    ++seen;
    const bool is_server = entry.path().filename().string().starts_with("server");
    EXPECT_EQ(is_server ? messages(load_server_file(entry.path().string(), {})) : messages(load_job_file(entry.path().string(), {})), "") << entry.path();
  }
  EXPECT_GE(seen, 7);
}

}  // namespace
}  // namespace trawl::config
