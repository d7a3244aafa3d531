#include "config/check/check.hpp"

#include <gmock/gmock.h>

#include "tests/unit/config/loading.hpp"

namespace trawl::config {
namespace {

using ::testing::HasSubstr;

TEST(ValidateJob, NameIsAWord) {
  EXPECT_EQ(load("seeds: [\"http://[::1]:80/\"]").job.name, "--1");
  EXPECT_EQ(load("seeds: [\"http://u:p@h.example:80/\"]").job.name, "h.example");
  EXPECT_EQ(load("seed_files: [a]").job.name, "crawl");
  EXPECT_EQ(messages_of("name: " + std::string(64, 'a')), "");
  for (const std::string& bad : {std::string("a b"), std::string("a/b"), std::string("\"\""), std::string(65, 'a'), std::string("\xC3\xA9")})
    EXPECT_THAT(messages_of("name: " + bad), HasSubstr("job.yaml:2:7: name: expected 1 to 64 letters")) << bad;
}

TEST(ValidateJob, LoginNamesAPageAndAForm) {
  EXPECT_EQ(messages_of("fetch: {login: {page: http://h/, form: form, set: {a: b}, ok: a}}"), "");
  EXPECT_EQ(messages_of("fetch: {login: {page: http://h/, form: form}}"), "");
  EXPECT_EQ(messages_of("fetch: {login: null}"), "");
  EXPECT_THAT(messages_of("fetch: {login: {form: form}}"), HasSubstr("fetch.login: 'page' is missing"));
  EXPECT_THAT(messages_of("fetch: {login: {page: \"ftp://h/\", form: form}}"), HasSubstr("fetch.login.page: expected an http or https URL"));
  EXPECT_THAT(messages_of("fetch: {login: {page: \"http://u:p@h/\", form: form}}"), HasSubstr("fetch.login.page: has credentials"));
  EXPECT_THAT(messages_of("fetch: {login: {page: http://h/, form: \"\"}}"), HasSubstr("fetch.login.form: expected a selector"));
  EXPECT_THAT(messages_of("fetch: {login: {page: http://h/, form: form, ok: \"\"}}"), HasSubstr("fetch.login.ok: expected a selector"));
  EXPECT_THAT(messages_of("fetch: {login: {page: http://h/, form: form}, cookies: {enabled: false}}"), HasSubstr("fetch.login: needs fetch.cookies.enabled"));
}

TEST(ValidateJob, NeedsAStart) {
  EXPECT_THAT(messages(load("")), HasSubstr("seeds: nothing to start from"));
  EXPECT_THAT(messages(load("seeds: []")), HasSubstr("job.yaml:1:8: seeds: nothing to start from"));
  EXPECT_EQ(messages(load("seed_files: [a]")), "");
  EXPECT_EQ(messages(load("sitemaps: [http://h/map.xml]")), "");
  EXPECT_THAT(messages(load("sitemaps: [robots]")), HasSubstr("the robots.txt of which host?"));
  EXPECT_EQ(messages_of("sitemaps: [robots]"), "");
  EXPECT_THAT(messages_of("sitemaps: [robots]\npoliteness: {robots: ignore}"), HasSubstr("job.yaml:2:11: sitemaps: robots.txt names none"));
  EXPECT_THAT(messages_of("scope: {follow: [sitemap]}"), HasSubstr("the key sitemaps says"));
  EXPECT_THAT(messages(load("seed_files: [\"\"]")), HasSubstr("seed_files[0]: expected the path of a file"));
}

TEST(ValidateJob, SeedsMakeSense) {
  const auto said = [](const std::string& seed) { return messages(load("seeds: [" + seed + "]")); };
  EXPECT_THAT(said("~"), HasSubstr("seeds[0]: a seed needs a url"));
  EXPECT_THAT(said("{}"), HasSubstr("seeds[0]: 'url' is missing"));
  EXPECT_THAT(said("{url: http://h/, method: get}"), HasSubstr("write GET"));
  EXPECT_THAT(said("{url: http://h/, method: \"P T\"}"), HasSubstr("not a request method"));
  EXPECT_THAT(said("{url: http://h/, method: CONNECT}"), HasSubstr("asks for no page"));
  EXPECT_THAT(said("{url: http://h/, method: HEAD, body: x}"), HasSubstr("no body"));
  EXPECT_THAT(said("{url: http://h/, json: {a: 1}, body: x}"), HasSubstr("exclude each other"));
  EXPECT_THAT(said("{url: http://h/, meta: 5}"), HasSubstr("seeds[0].meta: expected a table"));
  EXPECT_THAT(said("{url: http://h/, headers: {\"A B\": x}}"), HasSubstr("not a header name"));
  EXPECT_THAT(said("{url: http://h/, headers: {Content-Length: \"5\"}}"), HasSubstr("is set by trawl itself"));
  EXPECT_EQ(said("{url: http://h/, method: PURGE, headers: {Authorization: x}, json: {q: shoes}}"), "");
}

TEST(ValidateJob, ScopeAnyNeedsABound) {
  EXPECT_THAT(messages_of("scope: {within: any}"), HasSubstr("job.yaml:2:17: scope.within"));
  EXPECT_EQ(messages_of("scope: {within: any, max_pages: 10}"), "");
  EXPECT_EQ(messages_of("scope: {within: any}\nlimits: {duration: 1h}"), "");
}

TEST(ValidateJob, RulesAreChecked) {
  EXPECT_THAT(messages_of("rules: [{priority: 1}]"), HasSubstr("rules[0]: 'match' is missing"));
  EXPECT_THAT(messages_of("rules: [{match: \"*\", follow: [x]}]"), HasSubstr("rules[0].follow[0]: expected a, area"));
  EXPECT_THAT(messages_of("rules: [{match: \"*\", outptu: false}]"), HasSubstr("did you mean 'output'?"));
}

TEST(ValidateJob, WhatGoesIntoHeadersFitsThere) {
  EXPECT_THAT(messages_of("fetch: {headers: {Cookie: a=b}}"), HasSubstr("see fetch.auth"));
  EXPECT_THAT(messages_of("sitemaps: [\"http://u:p@h/s.xml\"]"), HasSubstr("sitemaps[0]: has credentials in its URL"));
  EXPECT_EQ(messages_of("fetch: {auth: [{host: h, headers: {Authorization: Digest x, Cookie: a=b}}]}"), "");
  EXPECT_THAT(messages_of("fetch: {auth: [{host: h}]}"), HasSubstr("fetch.auth[0]: gives nothing to send"));
  EXPECT_THAT(messages_of("fetch: {auth: [{host: h, basic: {user: 'a:b', password: p}}]}"), HasSubstr("has a colon"));
  EXPECT_THAT(messages_of("fetch: {auth: [{host: h, bearer: t, basic: {user: u, password: p}}]}"), HasSubstr("exclude each other"));
  EXPECT_THAT(messages_of("fetch: {auth: [{host: h, bearer: \"a\\r\\nX: y\"}]}"), HasSubstr("no line ends"));
  EXPECT_THAT(messages_of("fetch: {headers: {\"X\": \"a\\r\\nB: c\"}}"), HasSubstr("no line ends"));
  EXPECT_THAT(messages_of("politeness: {user_agent: \"a\\nb\"}"), HasSubstr("politeness.user_agent: goes into a request header"));
  EXPECT_THAT(messages_of("politeness: {contact: \"\"}"), HasSubstr("politeness.contact: expected text"));
  EXPECT_THAT(messages_of("politeness: {robots_agent: \"my bot/1\"}"), HasSubstr("product token"));
}

TEST(ValidateJob, FetchSettingsMakeSense) {
  EXPECT_THAT(messages_of("fetch: {backoff: {initial: 2m}}"), HasSubstr("is longer than fetch.backoff.max"));
  EXPECT_THAT(messages_of("fetch: {tls: {min_version: 1.1}}"), HasSubstr("expected \"1.2\" or \"1.3\""));
  EXPECT_EQ(messages_of("fetch: {tls: {min_version: 1.3}}"), "");
  for (const char* mode : {"always", "offline"}) EXPECT_THAT(messages_of(std::string("fetch: {cache: {mode: ") + mode + "}}"), HasSubstr("fetch.cache.mode: needs fetch.cache.dir")) << mode;
  EXPECT_THAT(messages_of("fetch: {cache: {dir: \"\"}}"), HasSubstr("fetch.cache.dir: expected a path"));
  EXPECT_EQ(messages_of("fetch: {cache: {dir: c, mode: offline, max_size: 1MiB}}"), "");
  EXPECT_THAT(messages_of("fetch: {content_types: []}"), HasSubstr("no body would be read"));
  EXPECT_THAT(messages_of("fetch: {content_types: [html]}"), HasSubstr("fetch.content_types[0]: expected a type"));
  EXPECT_EQ(messages_of("fetch: {proxies: [\"http://p:3128\", \"https://us:pw@p.example\", \"socks5://[::1]:1080\", env]}"), "");
  for (const char* bad : {"p:3128", "ftp://p", "socks5://", "http://p/path", "http://p?q", "socks5://us:hush@/"}) {
    const std::string said = messages_of(std::string("fetch: {proxies: [\"") + bad + "\"]}");
    EXPECT_THAT(said, HasSubstr("fetch.proxies[0]: expected http://, https:// or socks5://")) << bad;
    EXPECT_EQ(said.find("hush"), std::string::npos);
  }
  EXPECT_THAT(messages_of("fetch: {resolve: {h.example: elsewhere}}"), HasSubstr("fetch.resolve.\"h.example\": expected an IP address"));
  EXPECT_THAT(messages_of("extract: {headers: 5}"), HasSubstr("extract.headers: expected true, false or a list of names"));
}

TEST(ValidateJob, ShapesInsideTheExtractionAreChecked) {
  EXPECT_THAT(messages_of("extract: {fields: {price: {css: .p, typ: number}}}"),
              HasSubstr("job.yaml:2:37: extract.fields.price.typ: unknown key; did you mean 'type'?"));
  EXPECT_THAT(messages_of("extract: {fields: {price: {css: .p, type: money}}}"), HasSubstr("expected string, number, integer, boolean, url, date or json"));
  EXPECT_THAT(messages_of("extract: {fields: [a]}"), HasSubstr("extract.fields: expected a table of names and values"));
  EXPECT_THAT(messages_of("extract: {fields: {a: [b]}}"), HasSubstr("extract.fields.a: expected a table"));
  EXPECT_THAT(messages_of("extract: {items: {fields: {a: b}}}"), HasSubstr("extract.items: 'each' is missing"));
  EXPECT_THAT(messages_of("extract: {items: [{each: .x, fields: {a: {cs: b}}}]}"), HasSubstr("extract.items[0].fields.a.cs: unknown key; did you mean 'css'?"));
  EXPECT_THAT(messages_of("extract: {follow: a.next}"), HasSubstr("extract.follow: expected a list"));
  EXPECT_THAT(messages_of("rules: [{match: \"*\", extract: {linsk: true}}]"), HasSubstr("rules[0].extract.linsk: unknown key; did you mean 'links'?"));
}

TEST(ValidateJob, ServerKeysAreKnownAsSuch) {
  EXPECT_THAT(messages_of("listen: 127.0.0.1:80"), HasSubstr("listen: unknown key: it belongs to the server file (trawl validate --server)"));
}

}  // namespace
}  // namespace trawl::config
