#include "config/server.hpp"

#include <gmock/gmock.h>

#include "config/server_doc.hpp"
#include "tests/unit/config/loading.hpp"

namespace trawl::config {
namespace {

using ::testing::HasSubstr;

loaded_server load_server(const std::string& text) { return load_server_text(text, "server.yaml", {}); }
std::string problems_of(const std::string& text) { return messages(load_server(text)); }

loaded_job submit(const std::string& text, const server& s) {
  load_options o;
  o.source = trust::any;
  o.defaults = &s.defaults;
  o.operator_allows = [](std::string_view path) { return path == "politeness.robots"; };
  return load_job_text(text, "job", o);
}

TEST(LoadServer, EmptyFileHasTheDefaults) {
  const auto s = load_server("");
  EXPECT_EQ(messages(s), "");
  EXPECT_EQ(s.server.listen, "127.0.0.1:8080");
  EXPECT_EQ(s.server.jobs.running, 4U);
  EXPECT_EQ(s.server.log.format, log_format::json);
}

TEST(LoadServer, EveryKeyIsChecked) {
  EXPECT_THAT(problems_of("listen: 8080"), HasSubstr("server.yaml:1:9: listen: expected address:port"));
  EXPECT_THAT(problems_of("auth: {tokens: [{name: a}]}"), HasSubstr("auth.tokens[0]: expected either file or sha256"));
  EXPECT_THAT(problems_of("auth: {tokens: [{name: a, sha256: beef}]}"), HasSubstr("expected 64 hex digits"));
  EXPECT_THAT(problems_of("auth: {tokens: [{name: a, file: x, scopes: [reed]}]}"),
              HasSubstr("expected read, write or admin, found 'reed'; did you mean 'read'?"));
  EXPECT_THAT(problems_of("auth: {tokens: [{name: a, file: x, scopes: []}]}"), HasSubstr("allows nothing"));
  EXPECT_THAT(problems_of("auth: {tokens: [{name: a, file: x}, {name: a, file: y}]}"), HasSubstr("auth.tokens[1].name: stands twice"));
  EXPECT_THAT(problems_of("auth: {tokens: [{file: x}]}"), HasSubstr("'name' is missing"));
  EXPECT_THAT(problems_of("jobs: {running: 0}"), HasSubstr("from 1 to 1000"));
  EXPECT_THAT(problems_of("egress: {allow: [10.0.0.0/33]}"), HasSubstr("egress.allow[0]: expected a network"));
  EXPECT_THAT(problems_of("log: {level: loud}"), HasSubstr("expected debug, info, warn or error"));
  EXPECT_THAT(problems_of("seeds: [http://h/]"), HasSubstr("seeds: unknown key: it belongs to a job file"));
}

TEST(LoadServer, KeyWithoutEffectIsRefused) {
  EXPECT_THAT(problems_of("webhooks: {secret_file: a}"), HasSubstr("not available in this version"));
}

TEST(LoadServer, ProxiesAreThoseOfAJob) {
  EXPECT_EQ(problems_of("egress: {proxies: [\"http://us:pw@p.example:3128\", env]}"), "");
  EXPECT_THAT(problems_of("egress: {proxies: [\"ftp://p/\"]}"), HasSubstr("egress.proxies[0]: expected http://"));
  EXPECT_THAT(problems_of("jobs: {dir: \"\"}"), HasSubstr("jobs.dir: expected a directory"));
}

TEST(LoadServer, DefaultsAreAPartialJob) {
  EXPECT_EQ(problems_of("defaults: {politeness: {delay: 2s}, scope: {max_depth: 3}}"), "");
  EXPECT_THAT(problems_of("defaults: {politness: {delay: 2s}}"), HasSubstr("server.yaml:1:12: defaults.politness: unknown key; did you mean 'politeness'?"));
  EXPECT_THAT(problems_of("defaults:\n  fetch: {retries: many}"), HasSubstr("server.yaml:2:20: defaults.fetch.retries: expected a whole number"));
  EXPECT_THAT(problems_of("defaults: {seeds: [http://h/]}"), HasSubstr("defaults.seeds: belongs to one job"));
  EXPECT_THAT(problems_of("defaults: {fetch: {headers: {Cookie: a}}}"), HasSubstr("defaults.fetch.headers.Cookie: would go to every host"));
}

TEST(SubmittedJob, LiesOverTheDefaults) {
  const auto s = load_server("defaults: {politeness: {delay: 2s, robots: ignore}, fetch: {tls: {ca_file: /x}}, scope: {max_depth: 3}}");
  const auto j = submit("seeds: [http://h/]\nscope: {max_depth: 1}", s.server);
  EXPECT_EQ(messages(j), "");  // what the operator wrote is his to write
  EXPECT_EQ(j.job.scope.max_depth, 1U);
  EXPECT_EQ(j.job.politeness.robots, robots_mode::ignore);
  EXPECT_EQ(j.job.fetch.tls.ca_file, "/x");
}

TEST(SubmittedJob, SetsWhatTheOperatorAllows) {
  const auto s = load_server("");
  EXPECT_EQ(messages(submit("seeds: [http://h/]\npoliteness: {robots: ignore}", s.server)), "");
  EXPECT_THAT(messages(submit("seeds: [http://h/]\nfetch: {tls: {verify: false}}", s.server)),
              HasSubstr("job:2:23: fetch.tls.verify: may not be set by a submitted job"));
}

TEST(Endpoint, IsAddressAndPort) {
  EXPECT_EQ(parse_endpoint("[::1]:80")->host, "::1");
  EXPECT_EQ(parse_endpoint("localhost:0")->port, 0);
  for (const char* bad : {"", ":80", "h", "h:", "h:x", "h:65536", "::1:80", "[h]:80", "[::1]"}) EXPECT_FALSE(parse_endpoint(bad)) << bad;
}

TEST(Network, IsAddressBitsAndPort) {
  EXPECT_EQ(parse_network("10.0.0.0/8")->bits, 8);
  EXPECT_EQ(parse_network("10.1.2.3:8080")->port, 8080);
  EXPECT_EQ(parse_network("10.1.2.3")->bits, 32);
  EXPECT_EQ(parse_network("10.0.0.0/8:443")->port, 443);
  EXPECT_EQ(parse_network("[fd00::]/8:443")->bits, 8);
  EXPECT_EQ(parse_network("[fd00::/8]:443")->bits, 8);
  EXPECT_EQ(parse_network("10.1.0.0/16:*")->port, 0);
  for (const char* bad : {"", "h", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.1:0", "10.0.0.1:x", "[fd00::", "fd00::/8", "[fd00::]/129", "10.0.0.0/8/9"})
    EXPECT_FALSE(parse_network(bad)) << bad;
}

}  // namespace
}  // namespace trawl::config
