// What wrong usage and wrong configuration get: exit 2, a clear message with its place and remedy, nothing started.
#include <gmock/gmock.h>
#include <sys/wait.h>

#include <cstdlib>

#include "tests/cli/process.hpp"

namespace trawl::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// Refused with these words, and nothing else was done.
void expect_refused(const outcome& got, const std::string& words) {
  EXPECT_EQ(got.code, 2) << got.err;
  EXPECT_EQ(got.out, "");
  EXPECT_THAT(got.err, HasSubstr(words));
}

/// What a shell makes of a command line of trawl ("$0"): its exit code.
int in_shell(const std::string& line, const scratch& s) {
  const std::string all = "cd '" + s.dir().string() + "' && bash -c 'set -o pipefail; " + line + "' " TRAWL_BINARY;
  const int status = std::system(all.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST(Usage, HelpAndVersionGoToStdout) {
  const scratch s;
  EXPECT_THAT(trawl({"--version"}, s).out, HasSubstr("trawl 0."));
  for (const std::vector<std::string>& ask : {std::vector<std::string>{"help"}, {"-h"}, {"--help"}}) {
    const auto got = trawl(ask, s);
    EXPECT_EQ(got.code, 0);
    EXPECT_THAT(got.out, AllOf(HasSubstr("crawl"), HasSubstr("validate"), HasSubstr("inspect")));
  }
  for (const std::vector<std::string>& ask : {std::vector<std::string>{"help", "crawl"}, {"crawl", "-h"}})
    EXPECT_THAT(trawl(ask, s).out, HasSubstr("--max-pages"));
  EXPECT_THAT(trawl({"help", "inspect", "url"}, s).out, HasSubstr("--base"));
}

TEST(Usage, WrongWordsGetTheNearestRightOne) {
  const scratch s;
  expect_refused(trawl({"crwal", "http://h/"}, s), "there is no command 'crwal'; did you mean 'crawl'?");
  expect_refused(trawl({"crawl", "http://h/", "--max-page", "3"}, s), "trawl crawl: there is no option '--max-page'; did you mean '--max-pages'?");
  expect_refused(trawl({"inspect", "url", "--bsae=x"}, s), "trawl inspect url: there is no option '--bsae'; did you mean '--base'?");
  expect_refused(trawl({"help", "craul"}, s), "did you mean 'crawl'?");
  EXPECT_EQ(lines(trawl({"crawl", "--nonsense"}, s).err).size(), 1U);
  EXPECT_EQ(trawl({}, s).code, 2);
}

TEST(Usage, FlagsThatDoNotFitAreRefused) {
  const scratch s;
  expect_refused(trawl({"crawl", "http://h/", "-o"}, s), "--output");
  expect_refused(trawl({"crawl", "http://h/", "-o", "a", "--append", "--overwrite"}, s), "excludes");
  expect_refused(trawl({"crawl", "http://h/", "--append"}, s), "--append needs an output");
  expect_refused(trawl({"crawl", "http://h/", "--log-format", "xml"}, s), "--log-format");
  expect_refused(trawl({"crawl", "http://h/", "--rows", "items"}, s), "the job has no extract.items");
  expect_refused(trawl({"crawl", "http://h/", "-o", "a", "--summary", "a"}, s), "a is named for two outputs");
}

TEST(Usage, WhatIsNotBuiltSaysSo) {
  const scratch s;
  for (const char* command : {"extract"})
    expect_refused(trawl({command, "x", "--flag"}, s), std::string("trawl ") + command + ": not available in this version");
  for (const std::vector<std::string>& flag : {std::vector<std::string>{"-o", "out.csv"},
                                               {"-o", "out.warc"},
                                               {"-o", "out.zip"}}) {
    std::vector<std::string> all = {"crawl", "http://h/"};
    all.insert(all.end(), flag.begin(), flag.end());
    expect_refused(trawl(all, s), "not available in this version");
  }
}

TEST(Usage, CrawlNeedsOneSource) {
  const scratch s;
  expect_refused(trawl({"crawl"}, s), "what is to be crawled?");
  expect_refused(trawl({"crawl", "a.yaml", "b.yaml"}, s), "one job file at a time");
  expect_refused(trawl({"crawl", "a.yaml", "http://h/"}, s), "a job file or URLs, not both");
  expect_refused(trawl({"crawl", "http://h/x.json"}, s), "an argument that ends so is a job file");
  expect_refused(trawl({"crawl", "http://exa mple/"}, s), "seeds[0]: 'http://exa mple/' is not an http or https URL");
}

TEST(Usage, BrokenJobFilesTellEveryProblem) {
  const scratch s;
  expect_refused(trawl({"crawl", "none.yaml"}, s), "none.yaml: can't be opened: No such file or directory");
  s.write("broken.yaml", "seeds: [http://h/\n");
  expect_refused(trawl({"crawl", "broken.yaml"}, s), "broken.yaml:");
  s.write("job.yaml", "seeds: [http://h/, \"ftp://h/\"]\nscope: {max_dept: 3, exclude: [/cart/*]}\nfetch: {retries: many}\n");
  const auto got = trawl({"crawl", "job.yaml"}, s);
  EXPECT_EQ(got.code, 2);
  EXPECT_EQ(got.err,
            "job.yaml:1:20: seeds[1]: 'ftp://h/' is not an http or https URL\n"
            "job.yaml:2:9: scope.max_dept: unknown key; did you mean 'max_depth'?\n"
            "job.yaml:2:32: scope.exclude[0]: matches no http URL: a pattern covers the whole URL; did you mean '*/cart/*'?\n"
            "job.yaml:3:18: fetch.retries: expected a whole number from 0 to 100, found 'many'\n"
            "trawl: nothing was started\n");
}

TEST(Usage, ImpossibleFlagValuesNameTheFlag) {
  const scratch s;
  expect_refused(trawl({"crawl", "http://h/", "--depth", "x"}, s), "--depth: scope.max_depth: expected a whole number");
  expect_refused(trawl({"crawl", "http://h/", "--delay", "5"}, s), "--delay: politeness.delay: expected a duration");
  expect_refused(trawl({"crawl", "http://h/", "--concurrency", "0"}, s), "--concurrency: fetch.concurrency: expected a whole number from 1");
  expect_refused(trawl({"crawl", "http://h/", "-x", "linsk"}, s), "-x linsk: extract.linsk: unknown key; did you mean 'links'?");
  expect_refused(trawl({"crawl", "http://h/", "--set", "scope.within=moon"}, s), "--set: scope.within: expected host, domain, prefix or any");
}

TEST(Usage, UnreadableInputsAndUnwritableOutputs) {
  const scratch s;
  expect_refused(trawl({"crawl", "-i", "none.txt"}, s), "seed_files[0]: none.txt: No such file or directory");
  s.write("job.yaml", "seeds: [http://h/]\nseed_files: [a.txt, b.txt]\nfetch: {tls: {ca_file: none.pem}}\n");
  s.write("a.txt", "http://h/\n");
  expect_refused(trawl({"crawl", "job.yaml"}, s), "job.yaml:2:21: seed_files[1]: b.txt: No such file or directory");
  expect_refused(trawl({"crawl", "job.yaml"}, s), "job.yaml:3:24: fetch.tls.ca_file: none.pem: No such file or directory");
  expect_refused(trawl({"crawl", "http://h/", "-o", "nowhere/out.ndjson"}, s), "nowhere/out.ndjson can't be written: No such file or directory");
  expect_refused(trawl({"crawl", "http://h/", "-o", "."}, s), ". is a directory");
  expect_refused(trawl({"crawl", "http://h/", "--summary", "nowhere/s.json"}, s), "nowhere/s.json can't be written");
  expect_refused(trawl({"crawl", "http://h/", "--rejected", "nowhere/r.ndjson"}, s), "nowhere/r.ndjson can't be written");
  expect_refused(trawl({"crawl", "http://h/", "--log-file", "nowhere/log"}, s), "nowhere/log can't be written");
}

TEST(Usage, CsvWithoutAColumnUrlIsRefused) {
  const scratch s;
  s.write("u.csv", "address,sku\nhttp://h/,1\n");
  expect_refused(trawl({"crawl", "-i", "u.csv"}, s), "seed_files[0]: u.csv: its first row has no column named url");
}

TEST(Usage, CredentialsInASeedAreRefusedAndNotShown) {
  const scratch s;
  const auto got = trawl({"crawl", "http://someone:hunter2@h/"}, s);
  expect_refused(got, "has credentials in its URL");
  EXPECT_THAT(got.err, Not(HasSubstr("hunter2")));
}

TEST(Usage, OutputThatIsThereStays) {
  const scratch s;
  s.write("out.ndjson", "mine\n");
  expect_refused(trawl({"crawl", "http://h/", "-o", "out.ndjson"}, s), "out.ndjson is there already; say --overwrite or --append");
  expect_refused(trawl({"crawl", "http://h/", "-o", "out.ndjson", "--overwrite", "--summary", "nowhere/s.json"}, s), "nowhere/s.json");
  EXPECT_EQ(s.read("out.ndjson"), "mine\n");
}

TEST(Validate, TellsOfEveryFile) {
  const scratch s;
  s.write("good.yaml", "seeds: [http://h/]\n");
  s.write("bad.yaml", "sedes: [http://h/]\n");
  s.write("worse.json", "{\"seeds\": [\"http://h/\"], \"scope\": {\"include\": [\"re:(\"]}}");
  EXPECT_EQ(trawl({"validate", "good.yaml"}, s).out, "good.yaml: valid\n");
  const auto got = trawl({"validate", "good.yaml", "bad.yaml", "worse.json", "none.yaml"}, s);
  EXPECT_EQ(got.code, 2);
  EXPECT_EQ(got.out, "good.yaml: valid\n");
  EXPECT_THAT(got.err, AllOf(HasSubstr("bad.yaml:1:1: sedes: unknown key; did you mean 'seeds'?"),
                             HasSubstr("worse.json:1:48: scope.include[0]: not a regular expression"), HasSubstr("none.yaml: can't be opened")));
}

TEST(Validate, ReadsStandardInput) {
  const scratch s;
  for (const char* name : {"-", "/dev/stdin"}) {
    EXPECT_EQ(trawl({"validate", name}, s, "seeds: [http://h/]\n").out, std::string(name) + ": valid\n");
    EXPECT_THAT(trawl({"validate", name}, s, "sedes: [http://h/]\n").err, HasSubstr(std::string(name) + ":1:1: sedes: unknown key"));
  }
  EXPECT_EQ(in_shell("echo seeds: [http://h/] | $0 validate /dev/stdin >/dev/null", s), 0);
}

TEST(Validate, LooksForTheFilesOfAJob) {
  const scratch s;
  s.write("job.yaml", "seed_files: [none.txt]\n");
  expect_refused(trawl({"validate", "job.yaml"}, s), "seed_files[0]: none.txt: No such file or directory");
}

TEST(Validate, KnowsServerFiles) {
  const scratch s;
  s.write("server.yaml", "listen: 127.0.0.1:0\nlimts: 3\n");
  EXPECT_THAT(trawl({"validate", "server.yaml"}, s).err, HasSubstr("listen: unknown key: it belongs to the server file (trawl validate --server)"));
  EXPECT_THAT(trawl({"validate", "--server", "server.yaml"}, s).err, HasSubstr("server.yaml:2:1: limts: unknown key"));
}

TEST(Init, PrintsAJobThatIsValid) {
  const scratch s;
  s.write("job.yaml", trawl({"init", "docs.example.org/guide/"}, s).out);
  EXPECT_THAT(s.read("job.yaml"), AllOf(HasSubstr("https://docs.example.org/guide/"), HasSubstr("max_depth: null  # ")));
  EXPECT_EQ(trawl({"validate", "job.yaml"}, s).code, 0);
}

TEST(Init, RefusesWhatIsNoUrl) {
  const scratch s;
  expect_refused(trawl({"init", "not a url"}, s), "'not a url' is not an http or https URL");
  expect_refused(trawl({"init", "ftp://h/"}, s), "is not an http or https URL");
}

TEST(Schema, IsThereForEach) {
  const scratch s;
  for (const char* which : {"job", "server", "record", "errors"})
    EXPECT_THAT(trawl({"schema", which}, s).out, HasSubstr("\"https://json-schema.org/draft/2020-12/schema\"")) << which;
  expect_refused(trawl({"schema", "moon"}, s), "moon");
}

TEST(Streams, MessagesThatCannotBeWrittenChangeNothing) {
  const scratch s;
  EXPECT_EQ(in_shell("$0 crawl --nope 2>/dev/full", s), 2);
  EXPECT_EQ(in_shell("$0 crawl --nope 2>&-", s), 2);
  EXPECT_EQ(in_shell("$0 validate none.yaml 2>/dev/full", s), 2);
  EXPECT_EQ(in_shell("$0 nonsense 2>&1 | true", s), 2);
}

TEST(Streams, ReaderThatHasEnoughIsNoFailure) {
  const scratch s;
  EXPECT_EQ(in_shell("$0 schema 2>err | head -1 >/dev/null", s), 0);
  EXPECT_EQ(in_shell("$0 schema 2>&1 | head -1 >/dev/null", s), 0);
  EXPECT_EQ(s.read("err"), "");
}

TEST(Streams, StdoutThatCannotBeWrittenIsExitOne) {
  const scratch s;
  s.write("job.yaml", "seeds: [http://h/]\n");
  for (const char* words : {"schema", "schema --markdown", "help", "--version", "validate job.yaml", "crawl job.yaml --dry-run", "init", "inspect url http://h/"}) {
    EXPECT_EQ(in_shell("$0 " + std::string(words) + " >/dev/full 2>err", s), 1) << words;
    EXPECT_EQ(s.read("err"), "trawl: stdout can't be written: No space left on device\n") << words;
  }
}

TEST(Streams, CrawlIntoAClosedStdoutIsRefused) {
  const scratch s;
  EXPECT_EQ(in_shell("$0 crawl http://h/ >&- 2>err", s), 2);
  EXPECT_THAT(s.read("err"), HasSubstr("stdout is closed"));
}

TEST(Examples, AreValidJobsAsTheyStand) {
  const scratch s;
  s.write("urls.txt", "http://h/\n");
  for (const auto& entry : std::filesystem::directory_iterator(TRAWL_SOURCE_DIR "/config/examples")) {
    if (entry.path().extension() != ".yaml") continue;  // what list.yaml reads
    std::vector<std::string> all = {"validate", entry.path().string()};
    if (entry.path().filename().string().starts_with("server")) all.insert(all.begin() + 1, "--server");
    const auto got = trawl(all, s);
    EXPECT_EQ(got.code, 0) << got.err;
  }
}

}  // namespace
}  // namespace trawl::cli
