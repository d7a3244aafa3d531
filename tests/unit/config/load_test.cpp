#include "config/load.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "config/job_doc.hpp"

namespace trawl::config {
namespace {

loaded_job load(const std::string& text, load_options options = {}) { return load_job_text(text, "job.yaml", options); }

std::string messages(const loaded_job& j) {
  std::string out;
  for (const problem& p : j.problems) out += to_string(p) + "\n";
  return out;
}

TEST(Describe, RowsStandInTheOrderOfTheMembers) {
  EXPECT_TRUE(rows_fit<job>() && rows_fit<scope>() && rows_fit<seed>() && rows_fit<politeness>() && rows_fit<fetch>() && rows_fit<extract>());
  EXPECT_TRUE(rows_fit<rule>() && rows_fit<expect>() && rows_fit<limits>() && rows_fit<traps>() && rows_fit<backoff>() && rows_fit<timeout>());
  EXPECT_TRUE(rows_fit<field>() && rows_fit<item_table>() && rows_fit<follow_selector>() && rows_fit<extract_changes>());
  EXPECT_TRUE(rows_fit<cookies>() && rows_fit<cache>() && rows_fit<tls>());
}

TEST(LoadJob, SmallestJobHasTheDefaults) {
  const auto j = load("seeds: [https://example.org/a]");
  EXPECT_EQ(messages(j), "");
  EXPECT_EQ(j.job.name, "example.org");
  EXPECT_EQ(j.job.fetch.concurrency, 256U);
  EXPECT_FALSE(j.job.politeness.delay.has_value());
}

TEST(LoadJob, TellsAllProblemsWithTheirPlace) {
  const auto j = load("seeds: [http://h/]\nscope:\n  max_dept: 3\n  within: moon\nfetch: {retries: -1, timeout: {total: 5}}\n");
  const std::string all = messages(j);
  EXPECT_NE(all.find("job.yaml:3:13: scope.max_dept: unknown key; did you mean 'max_depth'?"), std::string::npos) << all;
  EXPECT_NE(all.find("job.yaml:4:11: scope.within: expected host, domain, prefix or any, found 'moon'"), std::string::npos) << all;
  EXPECT_NE(all.find("fetch.retries: expected a whole number from 0 to 100"), std::string::npos) << all;
  EXPECT_NE(all.find("fetch.timeout.total: expected a duration"), std::string::npos) << all;
  EXPECT_EQ(j.problems.size(), 4U);
}

TEST(LoadJob, DuplicateKeysAndBrokenYamlAreErrors) {
  EXPECT_NE(messages(load("seeds: [http://h/]\nname: a\nname: b\n")).find("stands twice"), std::string::npos);
  EXPECT_NE(messages(load("seeds: [http://h/\n")).find("job.yaml:"), std::string::npos);
}

TEST(LoadJob, Yaml12KnowsOnlyTrueAndFalse) {
  EXPECT_NE(messages(load("seeds: [http://h/]\nextract: {links: yes}")).find("expected true or false"), std::string::npos);
  EXPECT_EQ(load("seeds: [http://h/]\nname: on").job.name, "on");
}

TEST(LoadJob, KeyWithoutEffectIsRefusedWhenSetButMayRepeatItsDefault) {
  EXPECT_NE(messages(load("seeds: [http://h/]\nextract: {markdown: true}")).find("extract.markdown: not available in this version"), std::string::npos);
  EXPECT_EQ(messages(load("seeds: [http://h/]\nextract: {markdown: false}\nfetch: {compression: [gzip, deflate, br, zstd]}")), "");
}

TEST(LoadJob, FieldsAndItemsHaveShortForms) {
  const auto j = load("seeds: [http://h/]\nextract: {fields: {t: h1, p: {css: .p, type: number, default: 0}}, items: {each: li, fields: {x: a}, required: [x]}}").job;
  EXPECT_EQ(j.extract.fields.at("t").css, "h1");
  EXPECT_EQ(j.extract.fields.at("p").type, value_type::number);
  EXPECT_EQ(j.extract.fields.at("p").default_, 0);
  ASSERT_EQ(j.extract.items.size(), 1U);
  EXPECT_EQ(j.extract.items[0].required, std::vector<std::string>{"x"});
  EXPECT_EQ(load("seeds: [http://h/]\nextract: {items: [{name: a, each: li, fields: {x: a}}, {name: b, each: p, fields: {x: a}}]}").job.extract.items.size(), 2U);
}

TEST(LoadJob, FieldProblemsStandAtTheirKeys) {
  const std::string all = messages(load("seeds: [http://h/]\nextract:\n  fields:\n    a: {css: h1, type: float}\n    b: {xpath: //h1}\n    c: {cs: h1}\n    d: [h1]\n  items: {each: a, requires: [x]}"));
  for (const char* part : {"4:24: extract.fields.a.type: expected string, number, integer, boolean, url, date or json, found 'float'", "extract.fields.b.xpath: not available in this version",
                           "extract.fields.c.cs: unknown key; did you mean 'css'?", "extract.fields.d: expected a table", "extract.items.requires: unknown key; did you mean 'required'?"})
    EXPECT_NE(all.find(part), std::string::npos) << part << "\n" << all;
}

TEST(LoadJob, EnvironmentExpandsInsideStrings) {
  load_options o;
  o.environment = [](const std::string& name) { return name == "HOST" ? "h" : nullptr; };
  EXPECT_EQ(load("seeds: [\"http://${HOST}/${X:-d}\"]", o).job.seeds.front().url, "http://h/d");
  EXPECT_NE(messages(load("seeds: [\"http://${NONE}/\"]", o)).find("the environment has no NONE"), std::string::npos);
}

TEST(LoadJob, SubmittedJobsReachNothingLocal) {
  load_options o;
  o.source = trust::any;
  const std::string all = messages(load("seeds: [\"http://${HOME}/\"]\nseed_files: [/etc/passwd]\nfetch: {private_addresses: allow, tls: {ca_file: /x}}\nextends: /etc/passwd", o));
  for (const char* path : {"seeds[0]: a submitted job may not", "seed_files: may not", "fetch.private_addresses: may not", "fetch.tls.ca_file: may not", "extends: may not"})
    EXPECT_NE(all.find(path), std::string::npos) << path << "\n" << all;
}

TEST(LoadJob, SetsComeLast) {
  load_options o;
  o.sets = {"scope.max_depth=2", "seeds=[http://b/]", "politeness.delay=auto"};
  const auto j = load("seeds: [http://a/]\nscope: {max_depth: 9}", o);
  EXPECT_EQ(messages(j), "");
  EXPECT_EQ(j.job.scope.max_depth, 2U);
  EXPECT_EQ(j.job.seeds.front().url, "http://b/");
}

TEST(LoadJob, ExtendsMergesAndNoticesCircles) {
  const auto dir = std::filesystem::temp_directory_path() / ("trawl-extends-" + std::to_string(::testing::UnitTest::GetInstance()->random_seed()) + std::to_string(getpid()));
  std::filesystem::create_directories(dir);
  std::ofstream(dir / "base.yaml") << "politeness: {delay: 2s, per_host: 1}\nseeds: [http://a/]\n";
  std::ofstream(dir / "job.yaml") << "extends: base.yaml\npoliteness: {per_host: 3}\n";
  std::ofstream(dir / "loop.yaml") << "extends: loop.yaml\n";
  const auto j = load_job_file((dir / "job.yaml").string(), {});
  EXPECT_EQ(messages(j), "");
  EXPECT_EQ(j.job.politeness.per_host, 3U);
  EXPECT_EQ(j.job.politeness.delay, duration(std::chrono::seconds(2)));
  EXPECT_NE(messages(load_job_file((dir / "loop.yaml").string(), {})).find("circle"), std::string::npos);
  std::filesystem::remove_all(dir);
}

TEST(LoadJob, BombsAreRefused) {
  std::string deep = "seeds: ";
  for (int i = 0; i < 40; ++i) deep += "[";
  for (int i = 0; i < 40; ++i) deep += "]";
  EXPECT_NE(messages(load(deep)).find("32 levels"), std::string::npos);
  std::string laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + "," + before + "," + before + "," + before + "," + before + "," + before + "," + before + "]\n";
  }
  EXPECT_NE(messages(load(laughs)).find("200,000 values"), std::string::npos);
}

TEST(LoadJob, ScopeAnyNeedsABound) {
  EXPECT_NE(messages(load("seeds: [http://h/]\nscope: {within: any}")).find("scope.within"), std::string::npos);
  EXPECT_EQ(messages(load("seeds: [http://h/]\nscope: {within: any, max_pages: 10}")), "");
}

TEST(LoadJob, CredentialsBelongToAuth) {
  EXPECT_NE(messages(load("seeds: [http://h/]\nfetch: {headers: {Cookie: a=b}}")).find("see fetch.auth"), std::string::npos);
  EXPECT_NE(messages(load("seeds: [http://h/]\nfetch: {headers: {\"X\": \"a\\r\\nB: c\"}}")).find("no line ends"), std::string::npos);
}

TEST(WriteJob, SecretsAreHidden) {
  const auto j = load("seeds: [{url: http://h/, headers: {X-Key: k1}}]\nfetch: {headers: {X-Token: t1}}");
  const std::string text = to_json(j.job).dump();
  EXPECT_EQ(text.find("k1"), std::string::npos);
  EXPECT_EQ(text.find("t1"), std::string::npos);
}

TEST(WriteJob, CommentedFileIsAValidJob) {
  const auto j = load(commented_job("https://example.org/"));
  EXPECT_EQ(messages(j), "");
  EXPECT_EQ(j.job.name, "example.org");
}

TEST(WriteJob, SchemaKnowsEveryKey) {
  const auto schema = job_schema();
  EXPECT_TRUE(schema["properties"]["politeness"]["properties"].contains("give_up_after"));
  EXPECT_EQ(schema["properties"]["scope"]["properties"]["within"]["enum"].size(), 4U);
}

TEST(Examples, AllAreValid) {
  for (const auto& entry : std::filesystem::directory_iterator(TRAWL_SOURCE_DIR "/config/examples"))
    EXPECT_EQ(messages(load_job_file(entry.path().string(), {})), "") << entry.path();
}

}  // namespace
}  // namespace trawl::config
