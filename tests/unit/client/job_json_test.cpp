#include "server/jobs/job_json.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "server/jobs/submission.hpp"
#include "tests/support/temp_directory.hpp"

namespace trawl::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

config::loaded_job load(const std::string& yaml) {
  config::load_options options;
  options.environment = [](const std::string& name) -> const char* { return name == "PAGES" ? "12" : name == "WORD" ? "pa\"ss" : nullptr; };
  return config::load_job_text(yaml, "job.yaml", options);
}

std::string sent(const std::string& yaml) { return to_json_text(load(yaml).document); }

TEST(JobJson, KeepsWhatWasWritten) {
  EXPECT_EQ(sent("seeds: [https://h/]\nscope: {max_depth: null, max_pages: 5}\nextract: {links: True}\n"),
            R"({"seeds":["https://h/"],"scope":{"max_depth":null,"max_pages":5},"extract":{"links":true}})");
  EXPECT_EQ(sent("seeds: ['5', 0.90, 007, '', 1e3, .5, -1]"), R"({"seeds":["5",0.90,"007","",1e3,".5",-1]})");
}

TEST(JobJson, VariablesAreExpandedHere) {
  EXPECT_EQ(sent("seeds: [https://h/]\nscope: {max_pages: \"${PAGES}\"}\nfetch: {auth: [{host: h, basic: {user: u, password: \"${WORD}\"}}]}\n"),
            R"({"seeds":["https://h/"],"scope":{"max_pages":12},"fetch":{"auth":[{"host":"h","basic":{"user":"u","password":"pa\"ss"}}]}})");
}

TEST(JobJson, FilesAndBasesAreReadHere) {
  const testing::temp_directory here;
  std::ofstream(here.path() / "base.yaml") << "seeds: [https://h/]\npoliteness: {delay: 1s, contact: \"${file:" << (here.path() / "who").string() << "}\"}\n";
  std::ofstream(here.path() / "who") << "mailto:a@h\n";
  std::ofstream(here.path() / "job.yaml") << "extends: base.yaml\npoliteness: {delay: 2s}\n";
  const auto loaded = config::load_job_file((here.path() / "job.yaml").string(), {});
  ASSERT_TRUE(loaded.problems.empty()) << to_string(loaded.problems.front());
  const auto json = nlohmann::json::parse(to_json_text(loaded.document));
  EXPECT_EQ(json, nlohmann::json::parse(R"({"seeds":["https://h/"],"politeness":{"delay":"2s","contact":"mailto:a@h"}})"));
}

/// What the service understands of it is what this machine understood.
TEST(JobJson, TheServiceReadsTheSameJob) {
  const auto here = load("name: '12'\nseeds: [{url: 'https://h/{1..3}', meta: {n: 1.50, t: '1', \u00e9: \"\\u0001\\U0001F600\"}}]\nscope: {max_pages: 7, exclude: ['*x*']}\n"
                         "politeness: {delay: 1500ms}\nexpect: {ok_ratio: 0.50}\nextract: {fields: {a: h1, b: {css: '.p', type: number}}}\n");
  ASSERT_TRUE(here.problems.empty()) << to_string(here.problems.front());
  const auto there = read_job(to_json_text(here.document), body_format::json, {}, nullptr);
  ASSERT_TRUE(there.errors.empty()) << there.errors.front().path << there.errors.front().message;
  EXPECT_EQ(config::to_json(there.job), config::to_json(here.job));
}

TEST(JobJson, LocalPathsAreRefusedWhereTheyStand) {
  auto loaded = load("seeds: [https://h/]\nseed_files: [urls.txt]\nfetch:\n  cookies: {file: jar}\n  resolve: {h: 127.0.0.1}\n");
  ASSERT_TRUE(loaded.problems.empty()) << to_string(loaded.problems.front());
  check_for_sending(loaded, to_json_text(loaded.document));
  std::vector<std::string> said;
  for (const auto& p : loaded.problems) said.push_back(to_string(p));
  EXPECT_THAT(said, ElementsAre(HasSubstr("job.yaml:2:13: seed_files: may not be set by a submitted job"), HasSubstr("job.yaml:4:19: fetch.cookies.file: ")));
}

}  // namespace
}  // namespace trawl::server
