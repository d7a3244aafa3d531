// The keys of scope, as the server sees them.
#include <gtest/gtest.h>

#include "tests/support/crawl_run.hpp"

namespace trawl {
namespace {

using testing::crawl_from;
using testing::html;
using testing::no_page;

std::set<std::string> asked(const site::server& s) {
  std::set<std::string> out;
  for (const auto& r : s.log())
    if (r.target != "/robots.txt") out.insert(r.header("host").substr(0, r.header("host").find(':')) + r.target);
  return out;
}

/// A server under several names; its first page links to all the places that `within` tells apart.
class names_site {
 public:
  names_site() : server_([this](const site::seen_request& r) { return r.target == "/docs/" ? html(links()) : html("ok"); }) {
    server_.on("/robots.txt", no_page);
  }
  std::string at(const std::string& host, const std::string& target) const { return "http://" + host + ":" + std::to_string(server_.port()) + target; }
  std::set<std::string> crawl(const std::string& within) {
    crawl_from(at("www.example.com", "/docs/"), {"scope={within: " + within + ", max_pages: 50}", resolve, "fetch.private_addresses=allow"});
    return asked(server_);
  }
  static constexpr const char* resolve = "fetch.resolve={www.example.com: 127.0.0.1, shop.example.com: 127.0.0.1, other.test: 127.0.0.1}";

 private:
  std::string links() const {
    std::string out;
    for (const auto& url : {at("www.example.com", "/docs/a"), at("www.example.com", "/blog"), at("shop.example.com", "/x"), at("other.test", "/y")}) out += "<a href='" + url + "'>l</a>";
    return out;
  }
  site::server server_;
};

TEST(ScopeWithin, HostIsOneNameAndPort) {
  EXPECT_EQ(names_site().crawl("host"), (std::set<std::string>{"www.example.com/docs/", "www.example.com/docs/a", "www.example.com/blog"}));
}
TEST(ScopeWithin, DomainHasAllItsNames) {
  EXPECT_EQ(names_site().crawl("domain"), (std::set<std::string>{"www.example.com/docs/", "www.example.com/docs/a", "www.example.com/blog", "shop.example.com/x"}));
}
TEST(ScopeWithin, PrefixIsTheSeedsDirectory) {
  EXPECT_EQ(names_site().crawl("prefix"), (std::set<std::string>{"www.example.com/docs/", "www.example.com/docs/a"}));
}
TEST(ScopeWithin, AnyIsEverywhere) {
  EXPECT_EQ(names_site().crawl("any"), (std::set<std::string>{"www.example.com/docs/", "www.example.com/docs/a", "www.example.com/blog", "shop.example.com/x", "other.test/y"}));
}

/// A seed on example.com that redirects to `to`; which hosts were asked.
std::set<std::string> redirected(const std::string& mode, const std::string& to, testing::crawl_outcome* outcome = nullptr) {
  site::server s([](const auto&) { return html("<a href=/next>n</a>"); });
  const std::string port = ":" + std::to_string(s.port());
  s.on("/robots.txt", no_page);
  s.on("/start", [&](const auto&) { return site::redirect("http://" + to + port + "/landing"); });
  auto o = crawl_from("http://example.com" + port + "/start", {"scope.seed_redirects=" + mode, "fetch.private_addresses=allow",
                                                               "fetch.resolve={example.com: 127.0.0.1, www.example.com: 127.0.0.1, other.test: 127.0.0.1}"});
  if (outcome != nullptr) *outcome = std::move(o);
  return asked(s);
}

TEST(ScopeSeedRedirects, DomainJoinsTheScope) {
  EXPECT_EQ(redirected("domain", "www.example.com"), (std::set<std::string>{"example.com/start", "www.example.com/landing", "www.example.com/next"}));
}
TEST(ScopeSeedRedirects, DomainLeavesOthersOut) {
  testing::crawl_outcome o;
  EXPECT_EQ(redirected("domain", "other.test", &o), std::set<std::string>{"example.com/start"});
  ASSERT_EQ(o.records.size(), 1U);
  EXPECT_EQ(o.records[0]["status"], 302);
  EXPECT_EQ(o.records[0]["error"]["code"], "http.redirect_out_of_scope");
}
TEST(ScopeSeedRedirects, AnyJoinsAll) {
  EXPECT_EQ(redirected("any", "other.test"), (std::set<std::string>{"example.com/start", "other.test/landing", "other.test/next"}));
}
TEST(ScopeSeedRedirects, NoneJoinsNothing) {
  testing::crawl_outcome o;
  EXPECT_EQ(redirected("none", "www.example.com", &o), std::set<std::string>{"example.com/start"});
  EXPECT_EQ(o.records.at(0)["error"]["code"], "http.redirect_out_of_scope");
}

/// A site of one level: "/" links to these targets.
struct star_site {
  explicit star_site(std::vector<std::string> targets) : server([](const auto&) { return html("ok"); }) {
    std::string links;
    for (const auto& t : targets) links += "<a href='" + t + "'>l</a>";
    server.on("/robots.txt", no_page);
    server.on("/", [links](const auto&) { return html(links); });
  }
  site::server server;
};

TEST(ScopeInclude, LinksMustMatchOneSeedsNeedNot) {
  star_site s({"/p/1", "/q/2", "/r/3"});
  const auto o = crawl_from(s.server.url("/"), {"scope.include=[\"*/p/*\", \"re:/q/[0-9]+$\"]"});
  EXPECT_EQ(s.server.count("/") + s.server.count("/p/1") + s.server.count("/q/2"), 3U);
  EXPECT_EQ(s.server.count("/r/3"), 0U);
  EXPECT_EQ(o.numbers.filtered.at("scope.include").count, 1U);
}

TEST(ScopeExclude, WinsOverInclude) {
  star_site s({"/p/1", "/p/private"});
  const auto o = crawl_from(s.server.url("/"), {"scope.include=[\"*/p/*\"]", "scope.exclude=[\"*private*\"]"});
  EXPECT_EQ(s.server.count("/p/1"), 1U);
  EXPECT_EQ(s.server.count("/p/private"), 0U);
  ASSERT_EQ(o.rejected.size(), 1U);
  EXPECT_EQ(o.rejected[0].url, s.server.url("/p/private"));
  EXPECT_EQ(o.rejected[0].parent, s.server.url("/"));
  EXPECT_EQ(o.rejected[0].rule, "scope.exclude");
}

TEST(ScopeMaxDepth, CountsLinksFromTheSeed) {
  site::server s([](const site::seen_request& r) { return html("<a href='" + r.target + "x'>deeper</a>"); });
  s.on("/robots.txt", no_page);
  const auto o = crawl_from(s.url("/"), {"scope.max_depth=2"});
  EXPECT_EQ(s.count("/") + s.count("/x") + s.count("/xx"), 3U);
  EXPECT_EQ(s.count("/xxx"), 0U);
  EXPECT_EQ(o.numbers.filtered.at("scope.max_depth").count, 1U);
  site::server again([](const auto&) { return html("<a href=/a>l</a>"); });
  crawl_from(again.url("/"), {"scope.max_depth=0"});
  EXPECT_EQ(again.count("/a"), 0U);
}

TEST(ScopeMaxPages, IsExactOnAnEndlessSite) {
  site::server s([](const site::seen_request& r) { return html("<a href='" + r.target + "a'>1</a><a href='" + r.target + "b'>2</a>"); });
  s.on("/robots.txt", no_page);
  const auto o = crawl_from(s.url("/"), {"scope.max_pages=17"});
  EXPECT_EQ(o.records.size(), 17U);
  EXPECT_EQ(o.ended, engine::ending::max_pages);
  EXPECT_EQ(s.log().size(), 18U);  // and robots.txt
}

TEST(ScopeMaxUrlLength, LeavesLongOnesOut) {
  star_site s({"/short", "/" + std::string(100, 'x')});
  const auto o = crawl_from(s.server.url("/"), {"scope.max_url_length=60"});
  EXPECT_EQ(s.server.count("/short"), 1U);
  EXPECT_EQ(s.server.log().size(), 3U);
  EXPECT_EQ(o.numbers.filtered.at("scope.max_url_length").count, 1U);
}

TEST(ScopeFollow, EachKindIsFollowedWhenNamed) {
  constexpr const char* kinds_page =
      "<link rel=next href=/link><link rel=amphtml href=/link-all><meta http-equiv=refresh content='9;url=/meta-refresh'>"
      "<a href=/a></a><area href=/area><iframe src=/iframe></iframe><img src=/img><script src=/script></script>";
  const auto followed = [&](const std::string& sets) {
    site::server s([](const auto&) { return html("ok"); });
    s.on("/robots.txt", no_page);
    s.on("/", [&](const auto&) { return html(kinds_page); });
    crawl_from(s.url("/"), sets.empty() ? std::vector<std::string>{} : std::vector<std::string>{sets});
    std::set<std::string> out;
    for (const auto& r : s.log())
      if (r.target != "/" && r.target != "/robots.txt") out.insert(r.target);
    return out;
  };
  EXPECT_EQ(followed(""), (std::set<std::string>{"/a", "/area", "/iframe", "/link", "/meta-refresh"}));
  EXPECT_EQ(followed("scope.follow=[img, script]"), (std::set<std::string>{"/img", "/script"}));
  EXPECT_EQ(followed("scope.follow=[link-all]"), (std::set<std::string>{"/link", "/link-all"}));
  EXPECT_EQ(followed("scope.follow=[]"), std::set<std::string>{});
}

TEST(ScopeFollow, FramesToo) {
  site::server s([](const auto&) { return html("ok"); });
  s.on("/", [](const auto&) { return site::page("<frameset><frame src=/framed></frameset>"); });
  crawl_from(s.url("/"), {"scope.follow=[frame]"});
  EXPECT_EQ(s.count("/framed"), 1U);
}

TEST(ScopeNofollow, IsRespectedInAllItsFormsOrIgnored) {
  const std::vector<site::reply> forms = {html("<a rel='nofollow' href=/x>x</a>"), html("<a rel='UGC external' href=/x>x</a>"), html("<a rel=sponsored href=/x>x</a>"),
                                          html("<meta name=robots content='noindex, nofollow'><a href=/x>x</a>"), html("<meta name=robots content=none><a href=/x>x</a>"),
                                          site::page("<a href=/x>x</a>", 200, "text/html", "X-Robots-Tag: nofollow\r\n")};
  for (const site::reply& form : forms) {
    for (const bool respect : {true, false}) {
      site::server s([](const auto&) { return html("ok"); });
      s.on("/robots.txt", no_page);
      s.on("/", [&](const auto&) { return form; });
      const auto o = crawl_from(s.url("/"), {respect ? "scope.nofollow=respect" : "scope.nofollow=ignore"});
      EXPECT_EQ(s.count("/x"), respect ? 0U : 1U) << form.bytes;
      EXPECT_EQ(o.numbers.filtered.contains("nofollow"), respect) << form.bytes;
    }
  }
}

TEST(ScopeStripQuery, DropsNamesBeforeTheDuplicateCheck) {
  star_site s({"/p?utm_source=a&id=1", "/p?id=1&utm_medium=b", "/p?id=1", "/p?fbclid=x&id=2"});
  const auto o = crawl_from(s.server.url("/"), {"scope.strip_query=[\"utm_*\", fbclid]"});
  EXPECT_EQ(asked(s.server), (std::set<std::string>{"127.0.0.1/", "127.0.0.1/p?id=1", "127.0.0.1/p?id=2"}));
  EXPECT_EQ(s.server.count("/p?id=1"), 1U);
  EXPECT_NE(o.of(s.server.url("/p?id=1")), nullptr);
}

}  // namespace
}  // namespace trawl
