#include "crawler/html/selector.hpp"

#include <gtest/gtest.h>

#include <ctime>
#include <thread>

namespace trawl::html {
namespace {

constexpr std::string_view page = R"(<!doctype html><html lang=en><head><title>t</title></head><body>
<div id=main class="a b-c"><h1 id=h>Head <i>line</i></h1>
<ul id=list><li id=l1 class=x>1</li><li id=l2>2</li><li id=l3 class="x y">3</li><li id=l4 lang=en-GB>4</li><li id=l5>5</li></ul>
<p id=p1>one</p><p id=p2 data-k="Big Value">two <a id=a1 href="https://h/x.PDF" title="">l</a></p><span id=s1></span><p id=p3>three</p></div>
<section id=sec><div id=inner><p id=p4><em id=e>deep</em></p></div></section></body></html>)";

std::string ids(std::string_view text, std::string_view html = page) {
  const auto s = selector::compile(text);
  if (!s) return "! " + to_string(s.error());
  const document d(html);
  match_budget budget;
  std::string out;
  for (const selector_match m : s->select(d.root(), budget)) out.append(out.empty() ? "" : " ").append(m.element.attribute("id").value_or(m.element.name()));
  return out;
}

std::string values(std::string_view text, std::string_view html = page) {
  const auto s = selector::compile(text);
  if (!s) return "! " + to_string(s.error());
  const document d(html);
  match_budget budget;
  std::string out;
  for (const selector_match m : s->select(d.root(), budget))
    if (const auto v = m.value()) out += "[" + *v + "]";
  return out;
}

struct selects {
  const char* selector;
  const char* ids;
};

void check(std::initializer_list<selects> cases) {
  for (const auto& [selector, expected] : cases) EXPECT_EQ(ids(selector), expected) << selector;
}

TEST(Selector, SimpleSelectors) {  // Selectors 4, 5 and 6
  check({{"h1", "h"}, {"H1", "h"}, {"#l2", "l2"}, {".x", "l1 l3"}, {".x.y", "l3"}, {"li.x", "l1 l3"}, {".X", ""}, {"p.x", ""}, {"*#a1", "a1"}, {".b-c", "main"}, {"em", "e"}, {"nosuch", ""}});
}

TEST(Selector, Attributes) {  // Selectors 4, 6.1 to 6.3
  check({{"[title]", "a1"},       {"[data-k='Big Value']", "p2"}, {"[data-k=\"big value\" i]", "p2"}, {"[data-k='big value']", ""}, {"[ DATA-K = 'Big Value' s ]", "p2"},
         {"[class~=y]", "l3"},    {"[class~='x y']", ""},         {"[lang|=en]", "html l4"},          {"[href^=https]", "a1"},      {"[href$='.pdf' i]", "a1"},
         {"[href$='.pdf']", ""},  {"[href*='//h']", "a1"},        {"[href^='']", ""},                 {"[href*='']", ""},           {"[title='']", "a1"},
         {"[class~='Y' i]", "l3"}, {"[data-k~=Value]", "p2"},      {"li[class][id]", "l1 l3"},         {"[href*='H/X' i]", "a1"},    {"[lang|='EN' i]", "html l4"}});
}

TEST(Selector, Combinators) {  // Selectors 4, 15
  check({{"div p", "p1 p2 p3 p4"}, {"body > div > p", "p1 p2 p3"}, {"ul > li.x", "l1 l3"}, {"section div em", "e"}, {"section > em", ""}, {"h1 + ul", "list"}, {"li+li", "l2 l3 l4 l5"},
         {"li.y ~ li", "l4 l5"}, {"p ~ p", "p2 p3"}, {"p + p", "p2"}, {"span+p", "p3"}, {"h1 ~ p a", "a1"}, {"div   >p>em", "e"}, {"#l1 ~ .x + li", "l4"}, {"html body div h1 i", "i"},
         {"div div", ""}, {"section div > p > em", "e"}});
}

TEST(Selector, ListsGiveEachElementOnceInDocumentOrder) { check({{"p, h1", "h p1 p2 p3 p4"}, {"p#p1,p , #p1", "p1 p2 p3 p4"}}); }

TEST(Selector, PositionsAmongSiblings) {  // Selectors 4, 13.3 to 13.5
  check({{"li:first-child", "l1"}, {"li:last-child", "l5"}, {"li:nth-child(2)", "l2"}, {"li:nth-child(odd)", "l1 l3 l5"}, {"li:nth-child(EVEN)", "l2 l4"}, {"li:nth-child(2n+1)", "l1 l3 l5"},
         {"li:nth-child( 3n - 1 )", "l2 l5"}, {"li:nth-child(-n+2)", "l1 l2"}, {"li:nth-child(n+4)", "l4 l5"}, {"li:nth-child(n)", "l1 l2 l3 l4 l5"}, {"li:nth-child(0)", ""}, {"li:nth-child(0n+3)", "l3"},
         {"li:nth-child(+4)", "l4"}, {"li:nth-child(-2n+5)", "l1 l3 l5"}, {"li:nth-last-child(2)", "l4"}, {"li:nth-last-child(-n+2)", "l4 l5"}, {"p:nth-of-type(2)", "p2"}, {"p:first-of-type", "p1 p4"},
         {"p:last-of-type", "p3 p4"}, {"p:nth-last-of-type(3)", "p1"}, {"em:only-child", "e"}, {"p:only-of-type", "p4"}, {"li:only-child", ""}, {"p:nth-child(3)", "p1"}});
}

TEST(Selector, OtherPseudoClasses) {
  check({{":root", "html"}, {"span:empty", "s1"}, {"li:not(.x)", "l2 l4 l5"}, {"li:not(.x, #l5)", "l2 l4"}, {"li:not(:first-child):not(:last-child)", "l2 l3 l4"}, {"li:is(.y, #l5)", "l3 l5"},
         {"p:not([data-k])", "p1 p3 p4"}, {":where(h1)", "h"}, {"li:not(:is(.x,:last-child))", "l2 l4"}});
}

TEST(Selector, EmptyLooksAtTextAndElementsOnly) {
  EXPECT_EQ(ids("p:empty", "<p id=a></p><p id=b><!-- c --></p><p id=c> </p><p id=d><br></p>"), "a b");
}

TEST(Selector, Escapes) {  // CSS Syntax 3, 4.3.7
  const std::string_view odd = "<p id=1a class='a:b'>x</p><p id='ü' class='w-1/2'></p>";
  EXPECT_EQ(ids("#\\31 a", odd), "1a");
  EXPECT_EQ(ids("#\\000031a", odd), "1a");
  EXPECT_EQ(ids(".a\\:b", odd), "1a");
  EXPECT_EQ(ids(".w-1\\/2", odd), "ü");
  EXPECT_EQ(ids("#ü", odd), "ü");
  EXPECT_EQ(ids("[class='a\\3a b']", odd), "1a");
}

TEST(Selector, PseudoElementsSayWhatAMatchIsWorth) {
  EXPECT_EQ(values("h1"), "[Head line]");
  EXPECT_EQ(values("h1::text"), "[Head line]");
  EXPECT_EQ(values("h1::html"), "[<h1 id=\"h\">Head <i>line</i></h1>]");
  EXPECT_EQ(values("#p2 a::attr(HREF)"), "[https://h/x.PDF]");
  EXPECT_EQ(values("a::attr(none)"), "");
  EXPECT_EQ(values("h1::text, a::attr(title)"), "[Head line][]");
  EXPECT_EQ(values("#l1, li::attr(class)"), "[1][x y]");  // the first alternative that fits decides
  EXPECT_EQ(values("::attr(data-k)"), "[Big Value]");
  EXPECT_EQ(values("div ::attr(title)"), "[]");
}

TEST(Selector, SearchesAnElementAndWhatIsInIt) {
  const document d(page);
  match_budget budget;
  const auto one = selector::compile("#list");
  node list;
  for (const selector_match m : one->select(d.root(), budget)) list = m.element;
  const auto count = [&](std::string_view text) {
    int n = 0;
    const auto s = selector::compile(text);
    for ([[maybe_unused]] const selector_match m : s->select(list, budget)) ++n;
    return n;
  };
  EXPECT_EQ(count("li"), 5);
  EXPECT_EQ(count("ul"), 1);           // itself
  EXPECT_EQ(count("ul > li"), 5);
  EXPECT_EQ(count(":scope > li"), 5);
  EXPECT_EQ(count("div li"), 0);       // no further than the element
  EXPECT_EQ(count("p"), 0);
  EXPECT_EQ(count("::attr(class)"), 6);
}

TEST(Selector, TemplatesAreInert) { EXPECT_EQ(ids("a", "<template><a id=in></a></template><div><a id=out></a></div>"), "out"); }

TEST(Selector, SvgNamesHaveNoCase) { EXPECT_EQ(ids("svg lineargradient", "<svg><linearGradient id=g /></svg>"), "g"); }

TEST(Selector, IsLazy) {
  const document d(page);
  match_budget budget;
  const std::uint64_t before = budget.steps;
  const auto s = selector::compile("html");
  for ([[maybe_unused]] const selector_match m : s->select(d.root(), budget)) break;
  EXPECT_EQ(before - budget.steps, 1U);
}

TEST(Selector, ErrorsSayWhereAndWhatWasExpected) {
  const std::initializer_list<selects> wrong = {
      {"", "! at character 1: expected a name, '*', '.', '#', '[' or ':'"},
      {"a >", "! at character 4: expected a name, '*', '.', '#', '[' or ':'"},
      {"a,", "! at character 3: expected a name, '*', '.', '#', '[' or ':'"},
      {"a .", "! at character 4: expected a class name behind '.'"},
      {"a[b", "! at character 4: expected ']', '=', '~=', '|=', '^=', '$=' or '*='"},
      {"a[b='c]", "! at character 8: expected '"},
      {"a[b=]", "! at character 5: expected a value: a name, or characters in quotes"},
      {"a]", "! at character 2: expected a combinator, ',' or the end of the selector"},
      {"a::foo", "! at character 4: expected text, attr(name) or html"},
      {"a::attr", "! at character 8: expected '('"},
      {"a::text b", "! at character 9: expected nothing behind a pseudo element"},
      {"li:nth-child(x)", "! at character 14: expected odd, even, a number or a form of an+b"},
      {"li:nth-child(2", "! at character 15: expected ')'"},
      {"li:nth-child(2n+)", "! at character 17: expected a number"},
      {"li:not(a b)", "! at character 10: expected ',' or ')': combinators are not supported in here"},
      {"svg|a", "! at character 4: namespaces are not supported"},
      {"a\\", "! at character 3: expected a character behind '\\'"},
  };
  for (const auto& [text, message] : wrong) EXPECT_EQ(ids(text), message) << text;
  EXPECT_NE(ids("a:hover").find("':hover' is not supported"), std::string::npos);
}

TEST(Selector, SizeIsBounded) {
  std::string nested = "a";
  for (int i = 0; i < 1000; ++i) nested = ":not(" + nested + ")";
  EXPECT_EQ(ids(nested).front(), '!');
  std::string deep = "a";
  for (int i = 0; i < 20; ++i) deep = ":not(" + deep + ")";
  EXPECT_NE(ids(deep).find("8 levels"), std::string::npos);
  std::string wide = "a";
  for (int i = 0; i < 70; ++i) wide += ",a";
  EXPECT_NE(ids(wide).find("64 parts"), std::string::npos);
}

// Right-to-left matching with backtracking takes depth^12 steps for this.
TEST(Selector, DescendantCombinatorsDoNotBlowUp) {
  std::string html, text;
  for (int i = 0; i < 500; ++i) html += "<div>";
  for (int i = 0; i < 12; ++i) text += "div ";
  text += "div > p";
  const auto s = selector::compile(text);
  ASSERT_TRUE(s);
  const document d(html);
  match_budget budget;
  const std::uint64_t before = budget.steps;
  for (const selector_match m : s->select(d.root(), budget)) ADD_FAILURE() << m.element.name();
  EXPECT_LE(before - budget.steps, 14U * 510U);
}

TEST(Selector, WideParentsAreCountedOnce) {
  std::string html = "<ul>";
  for (int i = 0; i < 50'000; ++i) html += "<li>";
  const auto s = selector::compile("li:nth-last-of-type(2n):nth-child(3n)");
  const document d(html);
  match_budget budget;
  std::size_t n = 0;
  const std::clock_t begin = std::clock();
  for ([[maybe_unused]] const selector_match m : s->select(d.root(), budget)) ++n;
  EXPECT_EQ(n, 8333U);
  EXPECT_LT(std::clock() - begin, 2 * CLOCKS_PER_SEC);
}

TEST(Selector, EndsWhenItsBudgetIsSpent) {
  const document d("<p>1<p>2<p>3<p>4");
  const auto s = selector::compile("p");
  match_budget budget{5};
  int n = 0;
  for ([[maybe_unused]] const selector_match m : s->select(d.root(), budget)) ++n;
  EXPECT_LT(n, 4);
  EXPECT_EQ(budget.steps, 0U);
}

TEST(Selector, OneSelectorServesSeveralThreads) {
  const auto s = selector::compile("ul > li:nth-child(odd)");
  const document d(page);
  std::atomic<int> found = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      match_budget budget;
      for ([[maybe_unused]] const selector_match m : s->select(d.root(), budget)) ++found;
    });
  threads.clear();
  EXPECT_EQ(found, 12);
}

}  // namespace
}  // namespace trawl::html
