#include "crawler/engine/page.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "config/load.hpp"

namespace trawl::engine {
namespace {

using nlohmann::json;

response page(std::string body, std::string type = "text/html") {
  response r;
  r.status = 200;
  r.final_url = "https://h/d/p";
  r.headers.emplace_back("Content-Type", std::move(type));
  r.body = std::move(body);
  return r;
}

/// Reads a page under the `extract` section of a job.
struct reading {
  config::job job;
  std::vector<job_problem> problems;
  std::unique_ptr<job_plan> plan;
  record out;
  page_result result;

  explicit reading(const std::string& extract, const response& of, std::string_view agent = "trawl") {
    auto loaded = config::load_job_text("seeds: [https://h/]\nextract: " + extract, "t", {});
    EXPECT_TRUE(loaded.problems.empty()) << (loaded.problems.empty() ? "" : to_string(loaded.problems.front()));
    job = std::move(loaded.job);
    plan = std::make_unique<job_plan>(job, problems);
    EXPECT_TRUE(problems.empty()) << (problems.empty() ? "" : problems.front().message);
    result = read_page(of, plan->for_url("https://h/d/p"), true, agent, false, out);
  }
};

TEST(ReadPage, FieldsAndItemsGoIntoTheRecord) {
  const reading r("{fields: {title: h1, pic: {css: 'img::attr(src)', type: url}}, items: {each: li, fields: {n: {css: li, type: integer}}}}",
                  page("<base href=/b/><h1>A &amp; B</h1><img src=i.png><ul><li>1<li>x</ul>"));
  EXPECT_EQ(r.out.fields, R"({"pic":"https://h/b/i.png","title":"A & B"})");
  EXPECT_EQ(r.out.items, R"([{"n":1},{"n":null}])");
  EXPECT_EQ(r.out.warnings, std::vector<std::string>{"n: 'x' is no whole number"});
  EXPECT_EQ(r.result.items, 2U);
  ASSERT_EQ(r.result.fills.size(), 3U);
  EXPECT_EQ(r.result.fills[2].filled, 1U);
  EXPECT_TRUE(json::accept(to_json(r.out)));
}

TEST(ReadPage, LinksAreTheSameWithAndWithoutATree) {
  const response p = page("<title>t</title><a href=a>x</a><a rel=nofollow href=b>y</a><noscript><a href=c>z</a></noscript>");
  const reading by_scanner("{links: true}", p), by_tree("{links: true, fields: {x: b}}", p);
  ASSERT_EQ(by_scanner.out.links->size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ((*by_scanner.out.links)[i].url, (*by_tree.out.links)[i].url);
  EXPECT_EQ(by_scanner.out.title, by_tree.out.title);
  EXPECT_EQ(by_tree.result.follow.size(), 2U);
  EXPECT_EQ(by_tree.result.nofollow, std::vector<std::string>{"https://h/d/b"});
}

TEST(ReadPage, AUrlIsFollowedIfOneOfItsPlacesMayBeAndRecordedOnce) {
  const reading r("{links: true}", page("<link rel=search href=s><link rel=author href=t><a href=s>s</a><a rel=nofollow href=u>u</a><a href=u>u</a><a rel=nofollow href=v>v</a><a rel=ugc href=v>v</a>"));
  std::string follow;
  for (const link& l : r.result.follow) follow += l.url + " ";
  EXPECT_EQ(follow, "https://h/d/s https://h/d/u ");
  EXPECT_EQ(r.result.nofollow, std::vector<std::string>{"https://h/d/v"});
  ASSERT_EQ(r.out.links->size(), 4U);
  EXPECT_EQ(r.out.links->at(0).kind, link_kind::link_all);
}

TEST(ReadPage, ACutTreeWarnsAndLosesNoLinks) {
  std::string body = "<h1>x</h1>";
  for (int i = 0; i < 5000; ++i) body += "<div>";
  const reading r("{links: true, fields: {title: h1, last: '#last'}}", page(body + "<a id=last href=last>l</a>"));
  EXPECT_EQ(r.out.fields, R"({"last":null,"title":"x"})");
  ASSERT_EQ(r.out.warnings.size(), 1U);
  EXPECT_NE(r.out.warnings[0].find("the tree is cut"), std::string::npos);
  EXPECT_EQ(r.out.links->at(0).url, "https://h/d/last");
}

TEST(ReadPage, WhatIsNoHtmlHasNoFields) {
  const reading r("{fields: {title: h1}}", page("<h1>x</h1>", "text/plain"));
  EXPECT_EQ(r.out.fields, "");
  EXPECT_TRUE(r.result.fills.empty());
}

// WHATWG MIME Sniffing, 7: what has no label, or one that is none, is judged by its bytes; a label is believed.
TEST(IsHtml, GoesByTheLabelAndWithoutOneByTheBytes) {
  const auto judged = [](const std::string& type, std::string body) { return is_html(page(std::move(body), type)); };
  EXPECT_TRUE(judged("text/html;charset=utf-8", "plain"));
  EXPECT_TRUE(judged("application/xhtml+xml", ""));
  EXPECT_TRUE(judged("text/html charset=utf-8", "plain"));
  EXPECT_FALSE(judged("text/plain", "<!doctype html><p>x"));
  EXPECT_FALSE(judged("application/json", "<html>"));
  for (const char* none : {"", "*/*", "Unknown/Unknown", "application/unknown;x=y", "text", "text/", "a b/c"}) {
    EXPECT_TRUE(judged(none, "\n <TITLE>t</TITLE><a href=x>")) << none;
    EXPECT_FALSE(judged(none, "plain words, then <html>")) << none;
  }
}

TEST(IsHtml, UnlabelledXmlIsAPageByItsRoot) {
  EXPECT_TRUE(is_html(page("<?xml version='1.0'?>\n<!DOCTYPE html><html xmlns='http://www.w3.org/1999/xhtml'>", "")));
  EXPECT_FALSE(is_html(page("<?xml version='1.0'?><rss version='2.0'>", "")));
  EXPECT_FALSE(is_html(page("<?xml version='1.0'?>" + std::string(1445, ' ') + "<html>", "")));
}

TEST(IsHtml, IsNotGuessedWhereTheServerForbidsIt) {
  response r = page("<!doctype html>", "");
  r.headers.emplace_back("X-Content-Type-Options", " NoSniff , x");
  EXPECT_FALSE(is_html(r));
  r.headers[1].second = "x, nosniff";
  EXPECT_TRUE(is_html(r));
}

TEST(ReadPage, UnlabelledPageHasItsLinks) {
  response r = page("<div><a href=x>x</a></div>");
  r.headers.clear();
  EXPECT_EQ(reading("{links: true}", r).result.follow.size(), 1U);
}

TEST(ReadPage, ValuesAreDecodedFromThePagesCharset) {
  const reading r("{fields: {title: h1}}", page("<h1>Gr\xF6\xDF" "e</h1>", "text/html; charset=iso-8859-1"));
  EXPECT_EQ(r.out.fields, "{\"title\":\"Größe\"}");
}

TEST(ReadPage, RobotsRulesOfHeadersAreWholeWords) {
  response p = page("<a href=a>x</a>");
  p.headers.emplace_back("X-Robots-Tag", "max-snippet: 5, otherbot: nofollow");
  EXPECT_EQ(reading("{}", p).result.follow.size(), 1U);
  p.headers.emplace_back("X-Robots-Tag", "TRAWL: NoIndex, NoFollow");
  const reading r("{}", p);
  EXPECT_TRUE(r.out.noindex);
  EXPECT_TRUE(r.result.follow.empty());
}

TEST(ReadPage, RobotsRulesOfFieldsAndMetasAddUp) {
  response p = page("<meta name=my-bot content=noindex><a href=a>x</a>");
  p.headers.emplace_back("x-robots-tag", "googlebot: noarchive, my-bot : nofollow");
  for (const char* extract : {"{}", "{fields: {x: b}}"}) {
    const reading ours(extract, p, "My-Bot"), others(extract, p, "trawl");
    EXPECT_TRUE(ours.out.noindex);
    EXPECT_EQ(ours.result.nofollow, std::vector<std::string>{"https://h/d/a"});
    EXPECT_FALSE(others.out.noindex);
    EXPECT_EQ(others.result.follow.size(), 1U);
  }
}

TEST(ReadPage, OnePlanServesSeveralThreads) {
  const response p = page("<h1>x</h1><p>1<p>2");
  const reading r("{fields: {p: {css: 'p:nth-child(n+2)', many: true, type: integer, regex: '[0-9]'}}}", p);
  const page_plan& plan = r.plan->for_url("https://h/d/p");
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        for (int n = 0; n < 50; ++n) {
          record out;
          read_page(p, plan, true, "trawl", false, out);
          if (out.fields == R"({"p":[1,2]})") ++right;
        }
      });
  }
  EXPECT_EQ(right, 200);
}

}  // namespace
}  // namespace trawl::engine
