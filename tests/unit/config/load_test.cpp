#include "config/load.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "config/seed_line.hpp"
#include "tests/unit/config/loading.hpp"

namespace trawl::config {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// A directory of the test's own, gone at its end.
struct scratch {
  std::filesystem::path dir;
  scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "trawl-config-XXXXXX").string();
    dir = mkdtemp(name.data());
  }
  ~scratch() { std::filesystem::remove_all(dir); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(dir / name, std::ios::binary) << text;
    return (dir / name).string();
  }
};

TEST(LoadJob, SmallestJobHasTheDefaults) {
  const auto j = load("seeds: [https://example.org/a]");
  EXPECT_EQ(messages(j), "");
  EXPECT_EQ(j.job.name, "example.org");
  EXPECT_EQ(j.job.fetch.concurrency, 256U);
  EXPECT_FALSE(j.job.politeness.delay.has_value());
}

TEST(LoadJob, TellsAllProblemsInTheOrderOfTheirPlaces) {
  const auto j = load("fetch: {retries: -1, timeout: {total: 5}}\nseeds: [http://h/]\nscope:\n  within: moon\n  max_dept: 3\n  follow: [b]\n");
  EXPECT_EQ(messages(j),
            "job.yaml:1:18: fetch.retries: expected a whole number from 0 to 100, found '-1'\n"
            "job.yaml:1:39: fetch.timeout.total: expected a duration such as 250ms, 30s, 5m, 2h or 30d, found '5'; a unit is missing: 5s?\n"
            "job.yaml:4:11: scope.within: expected host, domain, prefix or any, found 'moon'\n"
            "job.yaml:5:3: scope.max_dept: unknown key; did you mean 'max_depth'?\n"
            "job.yaml:6:12: scope.follow[0]: expected a, area, frame, iframe, link, link-all, meta-refresh, img, script or header-link\n");
}

TEST(LoadJob, WrongTypesSayWhatWasExpected) {
  EXPECT_THAT(messages(load("seeds: x")), HasSubstr("job.yaml:1:8: seeds: expected a list, found 'x'; one entry is written ['x']"));
  EXPECT_THAT(messages(load("seeds:")), HasSubstr("seeds: expected a list, found nothing"));
  EXPECT_THAT(messages(load("[a]")), HasSubstr("job.yaml:1:1: expected a table, found a list"));
  EXPECT_THAT(messages_of("scope: [1]"), HasSubstr("scope: expected a table, found a list"));
  EXPECT_THAT(messages_of("name: {a: 1}"), HasSubstr("name: expected text, found a table"));
  EXPECT_THAT(messages_of("fetch: {retries: ~}"), HasSubstr("found nothing"));
  EXPECT_THAT(messages_of("fetch: {retries: \"2\"}"), HasSubstr("expected a whole number"));
  EXPECT_THAT(messages_of("fetch: {retries: 1.5}"), HasSubstr("expected a whole number"));
  EXPECT_THAT(messages_of("fetch: {retries: 99999999999999999999}"), HasSubstr("from 0 to 100"));
  EXPECT_THAT(messages_of("fetch: {backoff: {jitter: .nan}}"), HasSubstr("expected a number from 0 to 1"));
  EXPECT_THAT(messages_of("fetch: {headers: [a]}"), HasSubstr("expected a table of names and values"));
  EXPECT_EQ(messages_of("scope:\nfetch: ~\n"), "");
}

TEST(LoadJob, NumbersAreThoseOfYaml12) {
  const auto j = load("seeds: [http://h/]\nfetch: {retries: +3, concurrency: 0x10, max_redirects: 0o12}\nexpect: {ok_ratio: .5}");
  EXPECT_EQ(messages(j), "");
  EXPECT_EQ(j.job.fetch.retries, 3U);
  EXPECT_EQ(j.job.fetch.concurrency, 16U);
  EXPECT_EQ(j.job.fetch.max_redirects, 10U);
  EXPECT_EQ(j.job.expect.ok_ratio, 0.5);
}

TEST(LoadJob, BoundsAreInTheKeysOwnUnit) {
  EXPECT_THAT(messages_of("fetch: {timeout: {connect: 0s}}"), HasSubstr("expected a duration from 1ms to 1d, found '0s'"));
  EXPECT_THAT(messages_of("fetch: {max_header: 1B}"), HasSubstr("expected a size from 1KiB to "));
  EXPECT_THAT(messages_of("fetch: {max_body: 1kb}"), HasSubstr("expected a size such as 64KiB or 16MiB"));
  EXPECT_THAT(messages_of("politeness: {delay: -1s}"), HasSubstr("expected a duration"));
}

TEST(LoadJob, DuplicateKeysAreErrorsEverywhere) {
  EXPECT_THAT(messages_of("name: a\nname: b\n"), HasSubstr("job.yaml:3:1: name: stands twice"));
  EXPECT_THAT(messages(load("seeds: [{url: http://h/, meta: {a: 1, a: 2}}]")), HasSubstr("seeds[0].meta.a: stands twice"));
  EXPECT_THAT(messages_of("fetch: {resolve: {h: 1.2.3.4, h: 1.2.3.5}}"), HasSubstr("fetch.resolve.h: stands twice"));
  EXPECT_THAT(messages(load_json("{\"seeds\": [\"http://h/\"], \"name\": \"a\", \"name\": \"b\"}")), HasSubstr("job.json:1:39: name: stands twice"));
}

TEST(LoadJob, BrokenFileIsItsOnlyProblem) {
  EXPECT_EQ(load("seeds: [http://h/\n").problems.size(), 1U);
  EXPECT_THAT(messages(load_json("{\"seeds\": [}")), HasSubstr("job.json:1:12: not JSON"));
  EXPECT_THAT(messages(load_job_file("/nowhere/job.yaml", {})), HasSubstr("/nowhere/job.yaml: can't be opened: No such file or directory"));
  EXPECT_THAT(messages(load_job_file("/", {})), HasSubstr("is a directory"));
}

TEST(LoadJob, Yaml12KnowsOnlyTrueAndFalse) {
  for (const char* word : {"yes", "no", "on", "off", "y", "\"true\"", "1"}) EXPECT_THAT(messages_of(std::string("extract: {links: ") + word + "}"), HasSubstr("expected true or false"));
  EXPECT_EQ(load("seeds: [http://h/]\nname: on").job.name, "on");
}

TEST(LoadJob, KeyWithoutEffectIsRefusedWhereItIsWritten) {
  EXPECT_EQ(messages_of("schedule: {cron: \"0 3 * * *\"}"), "");
  EXPECT_THAT(messages_of("schedule: {timezone: UTC}"), HasSubstr("schedule: 'cron' is missing"));
  EXPECT_THAT(messages_of("output: [{type: csv, path: a.csv}]"), HasSubstr("output: not available in this version"));
  // also where it only repeats its default: nobody is to take it for something that happens
  for (const char* lines : {"output: []", "extract: {microdata: false}"})
    EXPECT_THAT(messages_of(lines), HasSubstr("not available in this version")) << lines;
  EXPECT_EQ(messages_of("fetch: {http2: false, compression: [deflate, br, zstd]}"), "");
  EXPECT_EQ(messages_of("fetch: {compression: []}"), "");
  EXPECT_THAT(messages_of("fetch: {compression: [lzma]}"), HasSubstr("fetch.compression[0]: expected gzip, deflate, br or zstd"));
}

TEST(LoadJob, WrongEntryHidesNoneOfTheOthersProblems) {
  EXPECT_EQ(messages(load("seeds:\n  - {url: http://h/, depht: 1}\n  - {url: http://h/, method: get}\nextract:\n  fields: {a: {css: h1, type: moon}}\nrules:\n  - {priority: x}\n  - {match: \"*\", follow: [moon]}")),
            "job.yaml:2:22: seeds[0].depht: unknown key; did you mean 'depth'?\n"
            "job.yaml:3:30: seeds[1].method: methods go by case: write GET\n"
            "job.yaml:5:31: extract.fields.a.type: expected string, number, integer, boolean, url, date or json, found 'moon'; did you mean 'json'?\n"
            "job.yaml:7:5: rules[0]: 'match' is missing: pattern of the URLs it is for\n"
            "job.yaml:7:16: rules[0].priority: expected a whole number from -1000000000 to 1000000000, found 'x'\n"
            "job.yaml:8:27: rules[1].follow[0]: expected a, area, frame, iframe, link, link-all, meta-refresh, img, script or header-link\n");
}

TEST(LoadJob, SeedsThatAreWrittenAreNotMissing) {
  for (const char* text : {"seeds: [[http://h/]]", "seeds: [{ulr: http://h/}]", "seed_files: urls.txt", "seeds: http://h/"})
    EXPECT_THAT(messages(load(text)), Not(HasSubstr("nothing to start from"))) << text;
  for (const char* text : {"", "seeds: []", "seed_files: []"}) EXPECT_THAT(messages(load(text)), HasSubstr("nothing to start from")) << text;
}

TEST(LoadJob, CredentialsInASeedAreRefusedAndNotShown) {
  for (const char* url : {"http://u:pw@h/", "http://pw@h/", "http:pw@h/", "http:\\\\pw@h/"}) {
    const std::string all = messages(load(std::string("seeds: ['") + url + "']"));
    EXPECT_THAT(all, HasSubstr("seeds[0]: has credentials in its URL")) << url;
    EXPECT_THAT(all, Not(HasSubstr("pw")));
  }
  EXPECT_EQ(messages(load("seeds: ['http://h/@x', 'http://h?a=b@c', 'http://h#a@b']")), "");
}

TEST(LoadJob, UsualYamlMistakesInPlainWords) {
  EXPECT_THAT(messages(load("seeds: [http://h/]\nscope:\n\tmax_depth: 3\n")), HasSubstr("a tab in the indentation; YAML wants blanks"));
  EXPECT_THAT(messages(load("seeds: [http://h/\nscope: {max_depth: 3}\n")), HasSubstr("a '[' without its ']'"));
  EXPECT_THAT(messages(load("seeds: [http://h/]\nname: a: b\n")), HasSubstr("put the value into quotes"));
  EXPECT_THAT(messages(load("seeds: [http://h/]\nname: @me\n")), HasSubstr("put it into quotes"));
  EXPECT_THAT(messages(load("seeds: [http://h/]\n  name: me\n")), HasSubstr("job.yaml:2:"));
}

TEST(SeedLine, IsReadAsAJobsSeed) {
  std::vector<problem> problems;
  const auto s = read_seed_line(R"({"url":"http://h/{1..2}","method":"PUT","form":{"q":"a"},"headers":{"X":"1"},"idempotent":true,"meta":{"n":1}})", "u.jsonl", 7, problems);
  ASSERT_TRUE(s);
  EXPECT_EQ(s->form.at("q"), "a");
  EXPECT_EQ(s->headers.at("X"), "1");
  EXPECT_TRUE(s->idempotent);
  EXPECT_EQ(read_seed_line("\"http://h/\"", "u.jsonl", 1, problems)->url, "http://h/");
  EXPECT_TRUE(problems.empty());
}

TEST(SeedLine, ProblemsStandAtTheLine) {
  for (const auto& [line, words] : {std::pair(R"({"url":"http://h/","depht":1})", "u.jsonl:7:20: depht: unknown key; did you mean 'depth'?"),
                                    {R"({"method":"GET"})", "'url' is missing"},
                                    {R"({"url":"http://h/","priority":"x"})", "u.jsonl:7:31: priority: expected a whole number"},
                                    {R"({"url":"http://h/","json":1,"body":"x"})", "json, form and body exclude each other"},
                                    {R"({"url":"http://u:pw@h/"})", "has credentials"},
                                    {"not json", "u.jsonl:7:1: not JSON"},
                                    {"5", "expected a JSON string or an object with a url, found '5'"},
                                    {"null", "found nothing"}}) {
    std::vector<problem> problems;
    EXPECT_FALSE(read_seed_line(line, "u.jsonl", 7, problems)) << line;
    ASSERT_FALSE(problems.empty()) << line;
    EXPECT_THAT(to_string(problems.front()), HasSubstr(words));
  }
}

TEST(LoadJob, EnvironmentExpandsInsideStrings) {
  load_options o;
  o.environment = [](const std::string& name) -> const char* { return name == "HOST" ? "h" : name == "N" ? "7" : name == "LOOP" ? "${LOOP}" : nullptr; };
  const auto j = load("seeds: [\"http://${HOST}/${X:-d}\", \"http://h/${LOOP}\"]\nscope: {max_depth: \"${N}\"}", o);
  EXPECT_EQ(messages(j), "");
  EXPECT_EQ(j.job.seeds.front().url, "http://h/d");
  EXPECT_EQ(j.job.seeds[1].url, "http://h/${LOOP}");  // what was filled in is not looked at again
  EXPECT_EQ(j.job.scope.max_depth, 7U);
  EXPECT_THAT(messages(load("seeds: [\"http://${NONE}/\"]", o)), HasSubstr("job.yaml:1:9: seeds[0]: the environment has no NONE"));
  EXPECT_THAT(messages(load("seeds: [\"http://${HOST/\"]", o)), HasSubstr("without its '}'"));
  EXPECT_THAT(messages(load("seeds: [\"http://${}/\"]", o)), HasSubstr("expected ${NAME}"));
}

TEST(LoadJob, FileValuesAreSecret) {
  const scratch s;
  const std::string key = s.write("key", "hunter2\n");
  const auto j = load("seeds: [http://h/]\npoliteness: {user_agent: \"x ${file:" + key + "}\", per_host: \"${file:" + key + "}\"}");
  EXPECT_EQ(j.job.politeness.user_agent, "x hunter2");
  EXPECT_THAT(messages(j), HasSubstr("politeness.per_host: expected a whole number from 1 to 10000, found '***'"));
  EXPECT_THAT(to_json(j.job, j.secrets).dump(), Not(HasSubstr("hunter2")));
  EXPECT_THAT(messages(load("seeds: [http://h/]\nname: ${file:/nowhere}")), HasSubstr("/nowhere can't be opened"));
  EXPECT_THAT(messages(load("seeds: [http://h/]\nname: ${file:/dev/zero}")), HasSubstr("larger than 1 MiB"));
}

TEST(LoadJob, CredentialsNeverStandInMessages) {
  EXPECT_THAT(messages_of("fetch: {headers: {\"X-Key\": [k1]}}"), HasSubstr("expected text, found a list"));
  EXPECT_THAT(messages_of("scope: {within: \"http://u:pw@h/\"}"), Not(HasSubstr("pw")));
  EXPECT_THAT(messages_of("fetch: {auth: [{host: h, bearer: t0ken, basic: t0ken}]}"), Not(HasSubstr("t0ken")));
  load_options o;
  o.sets = {"fetch.headers.X-Key=[k1]", "fetch.retries=http://u:k1@h/"};
  EXPECT_THAT(messages(load("seeds: [http://h/]", o)), Not(HasSubstr("k1")));
}

TEST(LoadJob, SubmittedJobsReachNothingLocal) {
  load_options o;
  o.source = trust::any;
  const std::string all = messages(load("seeds: [\"http://${HOME}/\"]\nseed_files: [/etc/passwd]\nfetch: {private_addresses: allow, tls: {ca_file: /x, verify: false}, resolve: {h: 127.0.0.1}}\npoliteness: {robots: ignore}\nextends: /etc/passwd", o));
  for (const char* path : {"seeds[0]: a submitted job may not", "seed_files: may not", "fetch.private_addresses: may not", "fetch.tls.ca_file: may not", "fetch.tls.verify: may not", "fetch.resolve: may not",
                           "politeness.robots: may not", "extends: may not"})
    EXPECT_THAT(all, HasSubstr(path));
  EXPECT_EQ(messages(load("seeds: [http://h/]\nseed_files: []\nfetch: {private_addresses: deny, tls: {verify: true}}\npoliteness: {robots: obey}", o)), "");
}

TEST(LoadJob, SetsComeLastAndTablesMerge) {
  load_options o;
  o.flags = {{"scope.max_depth", node::of_text("4", nullptr), "--depth"}};
  o.flags.front().value.quoted = false;
  EXPECT_EQ(load("seeds: [http://a/]", o).job.scope.max_depth, 4U);
  o.sets = {"scope.max_depth=2", "seeds=[http://b/]", "politeness.delay=auto", "scope={max_pages: 7}", "scope.exclude[1]=http://z/*", "fetch.resolve.\"a.b\"=1.2.3.4"};
  const auto j = load("seeds: [http://a/]\nscope: {max_depth: 9, exclude: [\"http://x/*\", \"http://y/*\"]}", o);
  EXPECT_EQ(messages(j), "");
  EXPECT_EQ(j.job.scope.max_depth, 2U);
  EXPECT_EQ(j.job.scope.max_pages, 7U);
  EXPECT_EQ(j.job.scope.exclude.back(), "http://z/*");
  EXPECT_EQ(j.job.seeds.front().url, "http://b/");
  EXPECT_EQ(j.job.fetch.resolve.at("a.b"), "1.2.3.4");
}

TEST(LoadJob, WrongSetsSayWhy) {
  const auto said = [](const std::string& set) {
    load_options o;
    o.sets = {set};
    return messages(load("seeds: [http://a/]", o));
  };
  EXPECT_EQ(said("scope.max_dept=1"), "--set: scope.max_dept: unknown key; did you mean 'max_depth'?\n");
  EXPECT_THAT(said("name"), HasSubstr("--set: expected KEY=VALUE, found 'name'"));
  EXPECT_THAT(said("=x"), HasSubstr("expected KEY=VALUE"));
  EXPECT_THAT(said("a..b=1"), HasSubstr("--set: a..b: expected a dotted key"));
  EXPECT_THAT(said("seeds[3].url=http://b/"), HasSubstr("there is no entry [3]: the list has 1"));
  EXPECT_THAT(said("name[0]=x"), HasSubstr("there is no entry [0]"));
  EXPECT_THAT(said("scope.max_depth=[1"), HasSubstr("--set: scope.max_depth: not YAML"));
  EXPECT_THAT(said("scope.max_depth.x=1"), HasSubstr("--set: scope.max_depth: expected a whole number"));
  EXPECT_THAT(said("extends=b.yaml"), HasSubstr("stands in the file itself"));
}

TEST(LoadJob, ExtendsMergesAndKeepsPlaces) {
  const scratch s;
  s.write("base.yaml", "politeness: {delay: 2s, per_host: 0}\nseeds: [http://a/]\n");
  const std::string job = s.write("job.yaml", "extends: base.yaml\npoliteness: {max_delay: x}\n");
  const auto j = load_job_file(job, {});
  EXPECT_EQ(j.job.politeness.delay, duration(std::chrono::seconds(2)));
  EXPECT_EQ(messages(j), job + ":2:25: politeness.max_delay: expected a duration such as 250ms, 30s, 5m, 2h or 30d, found 'x'\n" + (s.dir / "base.yaml").string() +
                             ":1:35: politeness.per_host: expected a whole number from 1 to 10000, found '0'\n");
}

TEST(LoadJob, ExtendsThatLeadsNowhereSaysSo) {
  const scratch s;
  EXPECT_THAT(messages(load_job_file(s.write("a.yaml", "extends: none.yaml\nseeds: [http://a/]\n"), {})), HasSubstr("a.yaml:1:10: extends: " + (s.dir / "none.yaml").string() + " can't be opened"));
  s.write("two.yaml", "extends: one.yaml\n");
  EXPECT_THAT(messages(load_job_file(s.write("one.yaml", "extends: two.yaml\nseeds: [http://a/]\n"), {})), HasSubstr("two.yaml:1:10: extends: goes in a circle"));
  EXPECT_THAT(messages(load_job_file(s.write("own.yaml", "extends: own.yaml\nseeds: [http://a/]\n"), {})), HasSubstr("own.yaml:1:10: extends: goes in a circle"));
  EXPECT_THAT(messages(load("seeds: [http://h/]\nextends: [a]")), HasSubstr("extends: expected the path of a job file"));
}

TEST(LoadJob, LaterProblemsFindTheirPlaceOnce) {
  auto j = load("seeds: [http://h/]\nscope:\n  include: [\"/x\"]\n  exclude: 5\n");
  j.add("scope.include[0]", "matches nothing");
  j.add("scope.exclude[0]", "not said: the list itself is wrong");
  j.add("scope.include[0]", "not said twice");
  EXPECT_EQ(messages(j), "job.yaml:3:13: scope.include[0]: matches nothing\njob.yaml:4:12: scope.exclude: expected a list, found '5'; one entry is written ['5']\n");
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

}  // namespace
}  // namespace trawl::config
