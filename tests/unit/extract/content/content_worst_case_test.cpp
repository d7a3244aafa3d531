// Main content of any 10 MiB, from the tree to both forms, is bounded.
#include <gtest/gtest.h>

#include "crawler/extract/content/content.hpp"
#include "tests/support/cost.hpp"

namespace trawl::extract {
namespace {

using test::expect_bounded, test::flood, test::nested;

void read(const std::string& page, const url::url& base) {
  static_cast<void>(read_content(html::document(page), base, {.text = true, .markdown = true, .language = true}));
}

void read_floods(std::size_t size) {
  const url::url base = *url::parse("https://h.test/a/b");
  for (const char* piece : {"<p>a",
                            "<b>a</b>",
                            "<b></b><i></i>",
                            "<a href=x>y</a>",
                            "<li>a",
                            "<ul><li>a</ul>",
                            "<blockquote>a</blockquote>",
                            "<table><tr><td>a<td>b</table>",
                            "<tr><td>a<td>b",
                            "<pre>a</pre>",
                            "<code>`</code>",
                            "<h2>abcdefghij</h2>",
                            "<br>a",
                            "*",
                            "[",
                            "://",
                            "www.",
                            "<img src=a alt=b>",
                            "<sup>1</sup>",
                            "<div class='ad b-c dE f_g share'>a</div>",
                            "<dl><dt>a<dd>b</dl>"})
    expect_bounded(piece, [page = flood("<title>abcdefghij</title>", piece, size), &base] { read(page, base); });
}

TEST(ContentWorstCase, FloodsShortly) { read_floods(test::bad_input / 16); }
TEST(ContentWorstCaseNightly, Floods) { read_floods(test::bad_input); }

void read_depths(std::size_t size) {
  const url::url base = *url::parse("https://h.test/a/b");
  for (const char* open : {"<div>", "<blockquote>", "<ul><li>", "<ol><li>", "<dl><dd>", "<table><tr><td>", "<pre>", "<span>", "<section class=post>"}) {
    std::string start = "<title>abcdefghij</title>";
    for (int i = 0; i < 120; ++i) start += open;
    for (const char* piece : {"<p>a", "<b></b>", "a ", "<a href=x>y</a>", "<h2>abcdefghij</h2>", "<br>a"})
      expect_bounded(std::string(open) + " and " + piece, [page = flood(start, piece, size), &base] { read(page, base); });
  }
}

TEST(ContentWorstCase, DepthsShortly) { read_depths(test::bad_input / 64); }
TEST(ContentWorstCaseNightly, Depths) { read_depths(test::bad_input); }

/// A base is repeated in every link and image.
TEST(ContentWorstCase, LinksUnderALongBase) {
  const url::url base = *url::parse("https://h.test/" + std::string(test::bad_input / 2, 'd') + "/");
  expect_bounded("links", [page = flood("", "<a href=a>b</a>", test::bad_input / 8), &base] { read(page, base); });
}

TEST(ContentWorstCase, CellsThatSpan) {
  const url::url base = *url::parse("https://h.test/");
  expect_bounded("cells", [page = flood("<table>", "<tr><td colspan=999 rowspan=999>a", test::bad_input), &base] { read(page, base); });
}

}  // namespace
}  // namespace trawl::extract
