#include "crawler/html/document.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <ctime>
#include <thread>

#include "crawler/html/tree_guard.hpp"

namespace trawl::html {
namespace {

std::string repeated(std::string_view piece, int times) {
  std::string out;
  out.reserve(piece.size() * static_cast<std::size_t>(times));
  for (int i = 0; i < times; ++i) out += piece;
  return out;
}

/// CPU time of this thread: what other processes do must not fail a test.
double cpu_seconds(auto&& what) {
  const auto now = [] {
    std::timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
  };
  const double begin = now();
  what();
  return now() - begin;
}

node find(node root, std::string_view name) {
  for (node n = root; n; n = n.following(root))
    if (n.is(name)) return n;
  return {};
}

std::size_t depth_of(const document& d) {
  std::size_t deepest = 0, depth = 1;
  for (node n = d.root(); n;) {
    if (n.first_child()) {
      n = n.first_child();
      deepest = std::max(deepest, ++depth);
      continue;
    }
    while (n != d.root() && !n.next()) n = n.parent(), --depth;
    n = n == d.root() ? node() : n.next();
  }
  return deepest;
}

TEST(Document, GivesElementsTextAndAttributesInOrder) {
  const document d("<!doctype html><p id=x CLASS='a &amp; b'>one<!-- no --><b>two</b></p>");
  EXPECT_TRUE(d.warning().empty());
  const node p = find(d.root(), "p");
  ASSERT_TRUE(p);
  EXPECT_EQ(p.attribute("class"), "a & b");
  EXPECT_EQ(p.attribute("ID"), "x");
  EXPECT_EQ(p.attribute("none"), std::nullopt);
  EXPECT_EQ(p.attribute_count(), 2U);
  EXPECT_EQ(p.first_child().text(), "one");
  EXPECT_TRUE(p.first_child().next().is("b"));
  EXPECT_EQ(p.first_child().next().previous(), p.first_child());
  EXPECT_EQ(p.first_child().next().parent(), p);
  EXPECT_FALSE(d.root().parent());
}

TEST(Document, KnowsElementsThatHtmlDoesNot) {
  const document d("<My-Element>x</My-Element><svg><linearGradient/></svg>");
  EXPECT_TRUE(find(d.root(), "my-element"));
  const node gradient = find(d.root(), "lineargradient");
  ASSERT_TRUE(gradient);
  EXPECT_FALSE(gradient.is_html());
}

TEST(Document, EmptyPageHasItsImpliedElements) {
  const document d("");
  EXPECT_TRUE(d.root().is("html"));
  EXPECT_TRUE(find(d.root(), "body"));
}

TEST(Document, TemplateContentIsPassedOver) {
  const document d("<template><a id=in></a></template><a id=out></a>");
  EXPECT_EQ(find(d.root(), "a").attribute("id"), "out");
}

TEST(Document, NoscriptIsMarkup) {
  const document d("<head><noscript><link id=l></noscript></head><noscript><a id=x>y</a></noscript>");
  EXPECT_TRUE(find(d.root(), "a"));
  EXPECT_TRUE(find(d.root(), "link"));
}

// gumbo with its default options takes 17 s and 3 GB for this one.
TEST(DocumentHostile, ManyUnclosedSpansAreCutAndSaidSo) {
  const std::string page = repeated("<span>", 20'000);
  std::size_t depth = 0;
  EXPECT_LT(cpu_seconds([&] {
              const document d(page);
              EXPECT_NE(d.warning().find("512 elements"), std::string::npos);
              depth = depth_of(d);
            }),
            0.2);
  EXPECT_GT(depth, 500U);
  EXPECT_LE(depth, most_depth + 4);  // html, body and what is implied
}

TEST(DocumentHostile, WhatCameBeforeTheBombIsKept) {
  const document d("<h1>kept</h1>" + repeated("<div>", 100'000));
  EXPECT_TRUE(find(d.root(), "h1"));
  EXPECT_FALSE(d.warning().empty());
}

TEST(DocumentHostile, EachKnownBombEndsSoon) {
  const std::array<std::string, 10> bombs = {
      repeated("<div>", 100'000),
      repeated("<span>", 20'000) + repeated("</x>", 20'000),
      repeated("<span>", 500) + repeated("</x>", 200'000),
      "<p " + [] {
        std::string all;
        for (int i = 0; i < 20'000; ++i) all += "a" + std::to_string(i) + "=x ";
        return all;
      }() + ">",
      repeated("<b id=1><p>", 20'000),
      repeated("<p><font size=1><b><i>", 20'000),
      "<p>" + [] {
        std::string all;
        for (int i = 0; i < 400; ++i) all += "<b id=" + std::to_string(i) + ">";
        return all;
      }() + "</p>" + repeated("<p>x</p>", 20'000),
      repeated("<table><tr><td>", 20'000),
      repeated("<svg><g>", 50'000),
      repeated("<a><b></a>", 50'000),
  };
  for (const std::string& bomb : bombs) EXPECT_LT(cpu_seconds([&] { const document d(bomb); }), 1.0) << bomb.substr(0, 60);
}

// The scanner takes what stands in a select's title for text, gumbo does not: what slips past the estimate ends at the arena's bounds.
TEST(DocumentHostile, WhatSlipsPastTheEstimateIsStopped) {
  const std::string page = "<select><title></select>" + repeated("<div>", 200'000);
  EXPECT_LT(cpu_seconds([&] {
              const document d(page);
              EXPECT_EQ(safe_extent(page).length, page.size());
              EXPECT_FALSE(d.root());
              EXPECT_NE(d.warning().find("no tree"), std::string::npos);
            }),
            3.0);
}

TEST(DocumentHostile, DeepTreesFitSmallStacks) {
  const std::string page = repeated("<div>", 500) + "x";
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 256UL * 1024);
  pthread_t thread{};
  const auto body = [](void* text) -> void* {
    const document d(*static_cast<const std::string*>(text));
    return d.root() ? text : nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, body, const_cast<std::string*>(&page)), 0);
  void* built = nullptr;
  pthread_join(thread, &built);
  pthread_attr_destroy(&attributes);
  EXPECT_NE(built, nullptr);
}

TEST(TreeGuard, ImpliedEndsAreNoDepth) {
  for (const char* piece : {"<p>x", "<li>x", "<dt>a<dd>b", "<tr><td>a<td>b", "<option>x", "<p><font size=2>x", "<li><p><b>x"}) {
    const std::string page = "<table><ul><dl><select>" + repeated(piece, 5'000);
    EXPECT_EQ(safe_extent(page).reason, "") << piece;
  }
}

TEST(TreeGuard, OrdinaryNestingIsWhole) {
  const std::string page = repeated("<div><p>a<b>b</b></p><ul><li><a href=x>x</a></ul></div>", 20'000);
  EXPECT_EQ(safe_extent(page).length, page.size());
}

TEST(TreeGuard, CutsBeforeTheTagThatIsTooMuch) {
  const std::string page = "<h1>x</h1><p " + repeated("a b ", 200) + ">";
  const tree_extent e = safe_extent(page);
  EXPECT_EQ(e.length, 10U);
  EXPECT_NE(e.reason.find("256 attributes"), std::string::npos);
}

}  // namespace
}  // namespace trawl::html
