// Any 10 MiB of bytes end within two seconds of CPU time and 256 MiB: the scanner, charsets, references, trees and selectors.
#include <gtest/gtest.h>

#include "crawler/html/charset.hpp"
#include "crawler/html/document.hpp"
#include "crawler/html/entities.hpp"
#include "crawler/html/scanner.hpp"
#include "crawler/html/selector.hpp"
#include "crawler/html/serialize.hpp"
#include "tests/support/cost.hpp"

namespace trawl::html {
namespace {

using test::expect_bounded, test::flood, test::nested;

std::size_t tokens_of(std::string_view page) {
  std::size_t count = 0;
  scanner scan(page);
  for (token t; scan.next(t);) ++count;
  return count;
}

TEST(WorstCase, ScannerOnFloods) {
  for (const char* piece : {"<", "</", "</a", "<!--", "<!-->", "<!", "<?", "<a ", "<a b='", "<a =", "<a/", "<script>", "<script><!--<script", "</script", "<svg>", "<svg><foreignObject>", "<svg><![CDATA[", "</title>", "<title>",
                            "<title></titl", "<style></", "<textarea></", "<plaintext>", "&", "-", "\"", "=", "]]>", "\xFF", "<A"})
    expect_bounded(piece, [page = flood("", piece)] { tokens_of(page); });
}

void scan_what_never_ends(std::size_t size) {
  for (const char* start : {"<a ", "<a b=\"", "<a b=", "<!--", "<!doctype ", "<script>", "<script><!--", "<style>", "<title>", "<svg><![CDATA[", "<svg>", "</"})
    for (const char* piece : {"a", " ", "<", "-", "a=b ", "</", "<!--", "--!", "/", "&amp;"}) expect_bounded(std::string(start) + " and " + piece, [page = flood(start, piece, size)] { tokens_of(page); });
}

TEST(WorstCase, ScannerInsideOneThingThatNeverEndsShortly) { scan_what_never_ends(test::bad_input / 16); }
TEST(WorstCaseNightly, ScannerInsideOneThingThatNeverEnds) { scan_what_never_ends(test::bad_input); }

TEST(WorstCase, ScannerOnDepth) {
  for (const auto& [open, close] : {std::pair{"<svg>", "</svg>"}, {"<svg><desc>", "</desc></svg>"}, {"<math><mi>", "</mi></math>"}, {"<div>", "</div>"}})
    expect_bounded(open, [page = nested(open, close)] { tokens_of(page); });
}

/// The encodings of the Encoding Standard, 4.2, and what is none.
constexpr const char* encodings[] = {"utf-8", "ibm866", "iso-8859-2", "iso-8859-3", "iso-8859-4", "iso-8859-5", "iso-8859-6", "iso-8859-7", "iso-8859-8", "iso-8859-8-i", "iso-8859-10", "iso-8859-13", "iso-8859-14",
                                     "iso-8859-15", "iso-8859-16", "koi8-r", "koi8-u", "macintosh", "windows-874", "windows-1250", "windows-1251", "windows-1252", "windows-1253", "windows-1254", "windows-1255",
                                     "windows-1256", "windows-1257", "windows-1258", "x-mac-cyrillic", "gbk", "gb18030", "big5", "euc-jp", "iso-2022-jp", "shift_jis", "euc-kr", "replacement", "utf-16be", "utf-16le",
                                     "x-user-defined", "none-such", ""};

void decode_floods(std::size_t size) {
  for (const char* piece : {"\xFF", "\x80\xFF", "\x1B$B\x80", "\x1B(J\x1B$B", "a\xE3\x81", "\xD8\x00", "<meta charset="})
    for (const char* label : encodings)
      expect_bounded(std::string(label) + " and " + piece, [label, page = flood("", piece, size)] {
        decoded out;
        decode(page, *label == 0 ? std::string() : std::string("text/html; charset=") + label, out);
      });
}

TEST(WorstCase, EachEncodingShortly) { decode_floods(test::bad_input / 16); }
TEST(WorstCaseNightly, EachEncoding) { decode_floods(test::bad_input); }

void decode_floods_of_references(std::size_t size) {
  for (const char* piece : {"&", "&#", "&#x", "&#99999999999", "&#1;", "&a", "&not", "&notit;", "&CounterClockwiseContourIntegra", "&NotSquareSubset;", "&amp", "&;"})
    for (const bool in_attribute : {false, true}) expect_bounded(piece, [in_attribute, text = flood("", piece, size)] { decode_references(text, in_attribute); });
  expect_bounded("&# and one number", [text = flood("&#", "9", size)] { decode_references(text, false); });
  expect_bounded("& and one name", [text = flood("&", "a", size)] { decode_references(text, false); });
}

TEST(WorstCase, ReferencesShortly) { decode_floods_of_references(test::bad_input / 16); }
TEST(WorstCaseNightly, References) { decode_floods_of_references(test::bad_input); }

/// A tree, all its text and HTML, and each selector on it.
void read_tree(std::string_view page) {
  const document tree(page);
  if (!tree.root()) return;
  text_of(tree.root());
  html_of(tree.root());
  match_budget budget;
  for (const char* text : {"*", "div *:not(a b ~ c)", "a > b + c ~ d", ":nth-last-of-type(2n+1)", "[x*='aaaaaaaaab']", "p::text"}) {
    const auto compiled = selector::compile(text);
    for (const selector_match match : compiled->select(tree.root(), budget)) static_cast<void>(match.element);
  }
}

void read_trees(std::size_t size) {
  for (const char* piece : {"<", "<a ", "<a>", "<b>", "<p>", "<div>", "<span>", "<table>", "<tr>", "<table><td>", "<a><div>", "<b><p>", "<i><b><a>", "</p>", "</b>", "<svg>", "<template>", "<select><option>", "<li>", "<form>",
                            "<frameset>", "<h1>", "<button>", "&", "<!--", "\xC2\xA0", "x<br>", "<a b=c>"})
    expect_bounded(piece, [page = flood("", piece, size)] { read_tree(page); });
}

TEST(WorstCase, TreeOnFloodsShortly) { read_trees(test::bad_input / 16); }
TEST(WorstCaseNightly, TreeOnFloods) { read_trees(test::bad_input); }

TEST(WorstCase, TreeOnDepthAndAttributes) {
  for (const auto& [open, close] : {std::pair{"<div>", "</div>"}, {"<b>", "</b>"}, {"<span>", "</span>"}, {"<svg><g>", "</g></svg>"}, {"<table><tr><td>", "</td></tr></table>"}, {"<font color=a>", "</font>"}})
    expect_bounded(open, [page = nested(open, close)] { read_tree(page); });
  std::string attributes = "<a ";
  for (int i = 0; attributes.size() < test::bad_input; ++i) attributes += "n" + std::to_string(i) + "=v ";
  expect_bounded("attributes", [page = attributes + ">"] { read_tree(page); });
}

TEST(WorstCase, SelectorText) {
  for (const char* piece : {":not(", ":is(", "(", "[", "a", "*", "a ", "a>", "a,", "\\", "'", "::", ":nth-child(", "#", ".", "\xFF"}) {
    expect_bounded(piece, [text = flood("", piece)] { EXPECT_FALSE(selector::compile(text)); });
    expect_bounded(piece, [text = flood("", piece, 4000)] { static_cast<void>(selector::compile(text)); });
  }
}

}  // namespace
}  // namespace trawl::html
