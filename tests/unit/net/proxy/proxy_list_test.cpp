#include "crawler/net/proxy/proxy_list.hpp"

#include <gtest/gtest.h>

#include <map>
#include <stdexcept>

namespace trawl::net {
namespace {

using namespace std::chrono_literals;

const proxy_list::time_point start{1h};

url::url target(const char* text) { return *url::parse(text); }

environment variables(std::map<std::string, std::string> set) {
  return [set = std::move(set)](const char* name) {
    const auto found = set.find(name);
    return found == set.end() ? std::nullopt : std::optional(found->second);
  };
}

std::string chosen(proxy_list& list, const char* url, proxy_list::time_point now = start) {
  const proxy_server* p = list.choose(target(url), now);
  return p == nullptr ? "" : p->name();
}

TEST(ParseProxy, TakesEachKindWithItsDefaultPort) {
  const std::map<std::string, std::string> cases = {{"http://p.test:3128", "http://p.test:3128"},   {"http://p.test", "http://p.test:80"},        {"https://p.test", "https://p.test:443"},
                                                    {"socks5://p.test", "socks5://p.test:1080"},    {"socks5h://p.test:9", "socks5://p.test:9"},  {"socks5://p.test:80", "socks5://p.test:80"},
                                                    {"p.test:8080/", "http://p.test:8080"},         {"http://[::1]:3128", "http://[::1]:3128"},   {"http://u:p@p.test:3128", "http://p.test:3128"}};
  for (const auto& [text, name] : cases) {
    const auto p = parse_proxy(text);
    ASSERT_TRUE(p.has_value()) << text;
    EXPECT_EQ(p->name(), name) << text;
  }
}

TEST(ParseProxy, DecodesCredentials) {  // RFC 7617
  const auto p = parse_proxy("http://us%3Aer:p%40ss%2F@p.test");
  ASSERT_TRUE(p.has_value());
  EXPECT_EQ(p->user, "us:er");
  EXPECT_EQ(p->password, "p@ss/");
  EXPECT_EQ(basic_credentials(*parse_proxy("http://Aladdin:open%20sesame@p.test")), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  EXPECT_EQ(basic_credentials(*parse_proxy("http://p.test")), "");
}

TEST(ParseProxy, RefusesWhatIsNone) {
  for (const char* text : {"", "ftp://p.test", "socks4://p.test", "http://", "http://p.test/path", "http://p.test?q", "http://p.test:99999", "http://a b"}) EXPECT_FALSE(parse_proxy(text).has_value()) << text;
}

TEST(AbsoluteForm, HasTheTargetAndTheProxysCredentials) {  // RFC 9112, 3.2.2
  const std::string plain = "GET /a?b HTTP/1.1\r\nHost: h.test:8080\r\n\r\n";
  EXPECT_EQ(in_absolute_form(plain, target("http://h.test:8080/a?b"), *parse_proxy("http://p.test")), "GET http://h.test:8080/a?b HTTP/1.1\r\nHost: h.test:8080\r\n\r\n");
  EXPECT_EQ(in_absolute_form(plain, target("http://h.test:8080/a?b"), *parse_proxy("http://u:p@p.test")),
            "GET http://h.test:8080/a?b HTTP/1.1\r\nProxy-Authorization: Basic dTpw\r\nHost: h.test:8080\r\n\r\n");
}

TEST(ProxyList, WithoutEntriesGoesStraightOut) {
  proxy_list list({}, true);
  EXPECT_EQ(list.choose(target("http://h.test/"), start), nullptr);
  EXPECT_EQ(list.size(), 0U);
}

TEST(ProxyList, RotatesForEachHostByItself) {
  proxy_list list({"http://a:1", "http://b:2"}, true);
  EXPECT_EQ(chosen(list, "http://h.test/"), "http://a:1");
  EXPECT_EQ(chosen(list, "http://other.test/"), "http://a:1");
  EXPECT_EQ(chosen(list, "http://h.test/x"), "http://b:2");
  EXPECT_EQ(chosen(list, "http://h.test/"), "http://a:1");
}

TEST(ProxyList, WhatFailsRestsLongerEachTime) {
  proxy_list list({"http://a:1", "http://b:2"}, true);
  const proxy_server* a = list.choose(target("http://h.test/"), start);
  auto now = start;
  for (const auto rest : {1s, 2s, 4s, 8s, 16s, 32s, 64s, 128s, 256s, 300s, 300s}) {
    list.failed(*a, now);
    list.failed(*a, now);  // another request had been under way
    for (int i = 0; i < 4; ++i) EXPECT_EQ(chosen(list, "http://h.test/", now + rest - 1ms), "http://b:2") << rest.count();
    now += rest;
    EXPECT_TRUE(chosen(list, "http://h.test/", now) == "http://a:1" || chosen(list, "http://h.test/", now) == "http://a:1");
  }
  list.worked(*a);
  list.failed(*a, now);
  EXPECT_TRUE(chosen(list, "http://h.test/", now + 1s) == "http://a:1" || chosen(list, "http://h.test/", now + 1s) == "http://a:1");
}

TEST(ProxyList, WhereAllRestTheShortestIsTaken) {
  proxy_list list({"http://a:1", "http://b:2"}, true);
  const proxy_server* a = list.choose(target("http://h.test/"), start);
  const proxy_server* b = list.choose(target("http://h.test/"), start);
  list.failed(*a, start);
  list.failed(*b, start - 500ms);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(chosen(list, "http://h.test/"), "http://b:2");
}

TEST(ProxyList, EnvironmentNamesOneForEachScheme) {
  proxy_list list({"env"}, false, variables({{"http_proxy", "p.test:3128"}, {"HTTPS_PROXY", "http://s.test:3129"}, {"no_proxy", "local.test, .corp.test,10.1.2.3,[::1]:8080,h.test:81"}}));
  EXPECT_EQ(chosen(list, "http://h.test/"), "http://p.test:3128");
  EXPECT_EQ(chosen(list, "https://h.test/"), "http://s.test:3129");
  for (const char* straight : {"http://local.test/", "https://a.local.test/", "http://x.corp.test/", "http://10.1.2.3/", "http://[::1]:8080/", "http://h.test:81/"}) EXPECT_EQ(chosen(list, straight), "") << straight;
  for (const char* proxied : {"http://notlocal.test/", "http://[::1]:80/", "http://110.1.2.3/"}) EXPECT_EQ(chosen(list, proxied), "http://p.test:3128") << proxied;
  EXPECT_TRUE(list.choose(target("http://h.test/"), start)->by_operator);
}

TEST(ProxyList, EnvironmentFallsBackToAllProxyAndNeverReadsHttpProxyInCapitals) {  // CVE-2016-5385
  proxy_list all({"env"}, false, variables({{"all_proxy", "socks5h://s.test"}}));
  EXPECT_EQ(chosen(all, "http://h.test/"), "socks5://s.test:1080");
  EXPECT_EQ(chosen(all, "https://h.test/"), "socks5://s.test:1080");
  proxy_list capitals({"env"}, false, variables({{"HTTP_PROXY", "http://evil.test"}}));
  EXPECT_EQ(chosen(capitals, "http://h.test/"), "");
  proxy_list everything({"env"}, false, variables({{"http_proxy", "http://p.test"}, {"NO_PROXY", "*"}}));
  EXPECT_EQ(chosen(everything, "http://h.test/"), "");
}

TEST(ProxyList, WhatIsNoProxyIsToldWithoutItsPassword) {
  try {
    proxy_list list({"env"}, false, variables({{"http_proxy", "ftp://u:secret@p.test"}}));
    FAIL();
  } catch (const std::runtime_error& e) {
    EXPECT_EQ(std::string(e.what()).find("secret"), std::string::npos);
    EXPECT_NE(std::string(e.what()).find("http_proxy"), std::string::npos);
  }
}

}  // namespace
}  // namespace trawl::net
