#include "crawler/extract/recipe.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace trawl::extract {
namespace {

using nlohmann::json;

constexpr std::string_view page = R"(<!doctype html><h1> A <b>shop</b> </h1><p class=price>£1,234.50</p><p class=price>n/a</p>
<ul><li>red<li>green<li></ul><script type=application/ld+json>{"sku":
 7}</script>
<article><h3><a href=p1 title=One>o</a></h3><i class=price>5</i></article>
<article><h3><a href=p2>t</a></h3><i class=price>6</i></article>
<article><h3><a href=p3 title=Three>t</a></h3></article>
<aside class=note>n1</aside><aside class=note>n2</aside><a class=next href="?page=2#top">next</a><a class=next href="?page=2">again</a>
<b data-cursor="a b&c"></b><a class=bad href="mailto:x@y">m</a></body>)";

config::field css(std::string selector, config::value_type type = config::value_type::string) {
  config::field f;
  f.css = std::move(selector);
  f.type = type;
  return f;
}

extraction run(const config::extract& settings, std::string_view html = page) {
  problem_list problems;
  const recipe r(settings, "extract", problems);
  EXPECT_TRUE(problems.empty()) << (problems.empty() ? "" : problems.front().first + ": " + problems.front().second);
  const html::document d(html);
  return r.run(d.root(), *url::parse("https://h/dir/"));
}

std::vector<std::string> problems_of(const config::extract& settings) {
  problem_list problems;
  const recipe r(settings, "extract", problems);
  std::vector<std::string> out;
  for (const auto& [path, message] : problems) out.push_back(path + ": " + message);
  return out;
}

json field(config::field f, std::vector<std::string>* warnings = nullptr) {
  config::extract e;
  e.fields["x"] = std::move(f);
  extraction out = run(e);
  if (warnings != nullptr) *warnings = out.warnings;
  return json::parse(out.fields)["x"];
}

TEST(Fields, FirstMatchsTextFolded) {
  EXPECT_EQ(field(css("h1")), "A shop");
  EXPECT_EQ(field(css("h1::text")), "A shop");
  EXPECT_EQ(field(css("h1::html")), "<h1> A <b>shop</b> </h1>");
  EXPECT_EQ(field(css("article a::attr(href)")), "p1");
}

TEST(Fields, FirstThatHasTheAttribute) { EXPECT_EQ(field(css("b::attr(data-cursor)")), "a b&c"); }

TEST(Fields, TypesConvert) {
  EXPECT_EQ(field(css(".price", config::value_type::number)), 1234.5);
  EXPECT_EQ(field(css("article a::attr(href)", config::value_type::url)), "https://h/dir/p1");
  EXPECT_EQ(field(css("script", config::value_type::json)), json::parse(R"({"sku":7})"));
}

TEST(Fields, WhatDoesNotConvertIsNullWithAWarning) {
  std::vector<std::string> warnings;
  EXPECT_EQ(field(css("h1", config::value_type::integer), &warnings), nullptr);
  EXPECT_EQ(warnings, std::vector<std::string>{"x: 'A shop' is no whole number"});
}

TEST(Fields, WarningsAreBoundedAndCutBetweenCharacters) {
  config::extract e;
  e.fields["x"] = css("p", config::value_type::number);
  e.fields["x"].many = true;
  std::string html;
  for (int i = 0; i < 1000; ++i) html += "<p>é" + std::string(58, 'a') + "éé</p>";
  const extraction out = run(e, html);
  EXPECT_EQ(out.warnings.size(), 21U);
  EXPECT_EQ(out.warnings.front(), "x: 'é" + std::string(58, 'a') + "…' is no number");
}

TEST(Fields, RegexTakesItsFirstGroupOrTheWhole) {
  config::field f = css(".price");
  f.regex = "([0-9,]+)\\.";
  EXPECT_EQ(field(f), "1,234");
  f.regex = "[0-9]+";
  EXPECT_EQ(field(f), "1");
  f.regex = "x(y)?";
  EXPECT_EQ(field(f), nullptr);
  f.regex = "£(x)?";
  EXPECT_EQ(field(f), "");
}

TEST(Fields, ManyGivesAListWithAPlaceForEach) {
  config::field f = css("li");
  f.many = true;
  EXPECT_EQ(field(f), json::parse(R"(["red","green",""])"));
  f = css("p.price", config::value_type::number);
  f.many = true;
  EXPECT_EQ(field(f), json::parse("[1234.5,null]"));
  f = css("nosuch");
  f.many = true;
  EXPECT_EQ(field(f), json::array());
}

TEST(Fields, DefaultStandsWhereNothingMatches) {
  config::field f = css("nosuch");
  EXPECT_EQ(field(f), nullptr);
  f.default_ = {{"a", 1}};
  EXPECT_EQ(field(f), f.default_);
  f.many = true;
  EXPECT_EQ(field(f), f.default_);
}

TEST(Fields, FillsSayWhatThePageGave) {
  config::extract e;
  e.fields["a"] = css("h1");
  e.fields["b"] = css("nosuch");
  e.fields["b"].default_ = "x";
  e.fields["c"] = css("h1", config::value_type::number);
  const extraction out = run(e);
  ASSERT_EQ(out.fills.size(), 3U);
  EXPECT_EQ(out.fills[0].filled, 1U);
  EXPECT_EQ(out.fills[1].filled, 0U);
  EXPECT_EQ(out.fills[2].filled, 0U);
  EXPECT_EQ(out.fills[2].asked, 1U);
}

config::item_table products() {
  config::item_table t;
  t.each = "article";
  t.fields["name"] = css("h3 a::attr(title)");
  t.fields["price"] = css(".price", config::value_type::number);
  return t;
}

TEST(Items, OneForEachMatchInOrder) {
  config::extract e;
  e.items = {products()};
  const extraction out = run(e);
  EXPECT_EQ(out.items, R"([{"name":"One","price":5},{"name":null,"price":6},{"name":"Three","price":null}])");
  EXPECT_EQ(out.item_count, 3U);
  EXPECT_EQ(out.fills.at(0).asked, 3U);
  EXPECT_EQ(out.fills.at(0).filled, 2U);
}

TEST(Items, WithoutARequiredFieldThereIsNone) {
  config::extract e;
  e.items = {products()};
  e.items[0].required = {"name", "price"};
  const extraction out = run(e);
  EXPECT_EQ(out.items, R"([{"name":"One","price":5}])");
  EXPECT_EQ(out.warnings, std::vector<std::string>{"items: passed over for want of a required field: 2"});
}

TEST(Items, SeveralTablesCarryTheirNames) {
  config::extract e;
  e.items = {products(), {}};
  e.items[0].name = "products";
  e.items[0].required = {"name"};
  e.items[1].name = "notes";
  e.items[1].each = "aside.note";
  e.items[1].fields["text"] = css("aside");  // the item itself
  EXPECT_EQ(run(e).items, R"([{"table":"products","name":"One","price":5},{"table":"products","name":"Three","price":null},{"table":"notes","text":"n1"},{"table":"notes","text":"n2"}])");
}

TEST(Items, AreLazy) {
  problem_list problems;
  const item_table t(products(), "items", problems);
  const html::document d(page);
  const url::url base = *url::parse("https://h/");
  page_session session(base);
  auto fills = t.fields().no_fills();
  for (const item& one : t.read(d.root(), session, fills)) {
    EXPECT_EQ(one, R"({"name":"One","price":5})");
    break;
  }
  EXPECT_EQ(fills[0].asked, 1U);
}

TEST(Items, WorkIsBoundedOnNestedMatches) {
  config::extract e;
  e.items = {products()};
  e.items[0].each = "div";
  e.items[0].fields["all"] = css("div");
  std::string html;
  for (int i = 0; i < 500; ++i) html += "<div>" + std::string(1000, 'x');
  for (int i = 0; i < 300'000; ++i) html += "<br>y";
  const extraction out = run(e, html);
  EXPECT_LT(out.items.size(), 20U * 1024 * 1024);
  ASSERT_FALSE(out.warnings.empty());
  EXPECT_NE(out.warnings.back().find("extraction ended"), std::string::npos);
  EXPECT_TRUE(json::accept(out.items));
}

TEST(Follow, TakesAddressesOrFillsThemIn) {
  config::extract e;
  e.follow = {{"a.next", {}, {}, {}}, {"b::attr(data-cursor)", {}, {}, "https://api/x?cursor={}"}, {"a.bad", {}, {}, {}}};
  EXPECT_EQ(run(e).follow, (std::vector<std::string>{"https://h/dir/?page=2", "https://api/x?cursor=a+b%26c"}));
}

TEST(Recipe, NeedsATreeOnlyForSelectors) {
  problem_list problems;
  config::extract e;
  EXPECT_FALSE(recipe(e, "extract", problems).needs_tree());
  e.follow = {{"a.next", {}, {}, {}}};
  EXPECT_TRUE(recipe(e, "extract", problems).needs_tree());
}

TEST(Recipe, WithoutATreeEverythingIsNull) {
  problem_list problems;
  config::extract e;
  e.fields["a"] = css("h1");
  e.items = {products()};
  const extraction out = recipe(e, "extract", problems).run({}, *url::parse("https://h/"));
  EXPECT_EQ(out.fields, R"({"a":null})");
  EXPECT_EQ(out.items, "[]");
}

TEST(Recipe, ProblemsStandAtTheirKeys) {
  config::extract e;
  e.fields["a"] = css("h1 >");
  e.fields["b"] = {};
  e.fields["c"] = css("p");
  e.fields["c"].regex = "(";
  e.items = {{}, products(), products()};
  e.items[1].required = {"nmae"};
  e.items[1].name = e.items[2].name = "p";
  e.items[2].each = "a::text";
  e.items[2].fields["table"] = css("p");
  e.follow = {{"a", {}, {}, "https://h/"}, {}};
  EXPECT_EQ(problems_of(e), (std::vector<std::string>{
                                "extract.fields.a.css: not a CSS selector: at character 5: expected a name, '*', '.', '#', '[' or ':'",
                                "extract.fields.b: expected a selector: css",
                                "extract.fields.c.regex: not a regular expression: missing ): (",
                                "extract.items[0]: expected a name, as there are several tables",
                                "extract.items[0]: expected a selector: each",
                                "extract.items[0]: expected fields",
                                "extract.items[1].required[0]: there is no field 'nmae'",
                                "extract.items[2].name: stands twice",
                                "extract.items[2].each: selects elements; ::text, ::attr() and ::html belong to the fields",
                                "extract.items[2].fields.table: is the name under which entries of a named table carry it",
                                "extract.follow[0].url: expected a URL with {} for the value",
                                "extract.follow[1]: expected a selector: css"}));
}

}  // namespace
}  // namespace trawl::extract
