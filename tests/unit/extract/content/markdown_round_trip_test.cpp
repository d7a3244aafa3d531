// Markdown that GitHub's own renderer makes HTML of again: it has to hold the same text in the same blocks.
#include <gtest/gtest.h>

#include <unistd.h>
#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <sstream>

#include "crawler/extract/content/content.hpp"
#include "crawler/extract/content/markdown/writer.hpp"
#include "crawler/extract/content/outline.hpp"
#include "crawler/extract/content/text_writer.hpp"
#include "crawler/html/charset.hpp"
#include "crawler/html/serialize.hpp"

namespace trawl::extract {
namespace {

const url::url address = *url::parse("https://h.test/a/b");

/// What cmark-gfm makes of it, with the extensions of GFM.
std::string rendered(const std::string& markdown) {
  const auto path = std::filesystem::temp_directory_path() / ("trawl-markdown-" + std::to_string(getpid()));
  std::ofstream(path) << markdown;
  const std::string command = std::string(TRAWL_CMARK) + " --unsafe -e table -e strikethrough -e autolink " + path.string();
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string out;
  std::array<char, 4096> piece{};
  for (std::size_t n = 0; (n = fread(piece.data(), 1, piece.size(), pipe.get())) > 0;) out.append(piece.data(), n);
  std::filesystem::remove(path);
  return out;
}

std::string without_blanks(std::string_view s) {
  std::string out;
  for (const char c : s)
    if (c != ' ' && c != '\n' && c != '\t') out += c;
  return out;
}

/// The elements of a kind, as they open and close: what has to be the same. The renderer writes paragraphs, heads and bodies of tables anew.
std::string shape_of(const html::document& page, std::initializer_list<std::string_view> kinds) {
  std::string out;
  const auto put = [&](html::node n, char before) {
    for (const std::string_view kind : kinds)
      if (n.is(kind)) out.append(1, before).append(kind);
  };
  for (html::node n = page.root(); n;) {
    put(n, ' ');
    if (const html::node inside = n.first_child()) {
      n = inside;
      continue;
    }
    put(n, '/');
    while (n && !n.next()) {
      n = n.parent();
      put(n, '/');
    }
    if (n) n = n.next();
  }
  return out;
}

std::string markdown_of_all(const html::document& page) { return markdown_of(read_outline(page), 0, address, most_content); }
std::string text_of_all(const html::document& page) { return without_blanks(plain_text(read_outline(page), 0, most_content)); }

TEST(MarkdownRoundTrip, OfAllThatMarkdownHas) {
  const html::document page(
      "<h1>One <code>two`</code></h1><p>a <strong>b</strong> <em>c <strong>d</strong></em> <del>e</del> <a href='https://h.test/x'>f</a> <img "
      "src='https://h.test/i' alt='g'><br>h</p>"
      "<ul><li>i<ul><li>j</li><li>k</li></ul></li><li><p>l</p><blockquote><p>m</p><ol><li>n</li></ol></blockquote></li></ul><ul><li>o</li></ul><hr>"
      "<ol><li>p<pre><code>q\n\n  "
      "```r\n</code></pre></li></ol><table><tr><th>s</th><th>t</th></tr><tr><td>u|v</td><td><code>w</code></td></tr></table><h3>x</h3><blockquote><h4>y</h4></"
      "blockquote>");
  const std::string markdown = markdown_of_all(page);
  const html::document again(rendered(markdown));
  const auto kinds = {std::string_view("h1"),   std::string_view("h3"),    std::string_view("h4"),         std::string_view("strong"), std::string_view("em"),
                      std::string_view("del"),  std::string_view("a"),     std::string_view("img"),        std::string_view("br"),     std::string_view("ul"),
                      std::string_view("ol"),   std::string_view("li"),    std::string_view("blockquote"), std::string_view("hr"),     std::string_view("pre"),
                      std::string_view("code"), std::string_view("table"), std::string_view("tr"),         std::string_view("th"),     std::string_view("td")};
  EXPECT_EQ(shape_of(page, kinds), shape_of(again, kinds)) << markdown;
  EXPECT_EQ(text_of_all(page), without_blanks(html::text_of(again.root()))) << markdown;
}

/// Pages of blocks in blocks, with text that is full of what means something in Markdown.
class page_maker {
 public:
  explicit page_maker(unsigned seed) : random_(seed) {}

  std::string page() {
    out_.clear();
    blocks(0);
    return out_;
  }

 private:
  unsigned up_to(unsigned n) { return static_cast<unsigned>(random_() % n); }

  void words() {
    constexpr std::array pieces = {"a",        "1",      "1.",        "12)",  "-",   "+",    "*",         "**",    "_",        "__",      "#",
                                   "##",       "&gt;",   "&lt;b&gt;", "&lt;", "`",   "``",   "~~",        "~",     "[x]",      "[a](b)",  "![",
                                   "]:",       "|",      "--|--",     "---",  "===", "\\",   "&amp;amp;", "&amp;", "!",        "www.a.b", "http://h/a_b_*c*",
                                   "&#x201E;", "&#xE9;", "=",         ":",    "<i>", "</i>", "<b>(",      ")</b>", "<code>`x", "</code>", "<br>"};
    out_ += 'w';
    for (unsigned i = 0, n = 1 + up_to(6); i < n; ++i) {
      if (up_to(3) > 0) out_ += ' ';
      out_ += pieces[up_to(pieces.size())];
    }
    out_ += "</i></b></code>";
  }

  void blocks(int depth) {
    for (unsigned i = 0, n = 1 + up_to(4); i < n; ++i) block(depth);
  }

  void block(int depth) {
    switch (up_to(depth < 4 ? 7 : 2)) {
      case 0:
        out_ += "<p>";
        words();
        out_ += "</p>";
        return;
      case 1:
        out_ += "<h2>";
        words();
        out_ += "</h2>";
        return;
      case 2:
        out_ += "<blockquote>";
        blocks(depth + 1);
        out_ += "</blockquote>";
        return;
      case 3:
        out_ += "<pre>x";
        words();
        out_ += "</pre>";
        return;
      case 4:
        out_ += "<table><tr><th>";
        words();
        out_ += "</th><th>";
        words();
        out_ += "</th></tr><tr><td>";
        words();
        out_ += "</td><td>y</td></tr></table>";
        return;
      default: return list(depth, up_to(2) == 0 ? "ul" : "ol");
    }
  }

  void list(int depth, const std::string& kind) {
    out_ += "<" + kind + ">";
    for (unsigned i = 0, n = 1 + up_to(3); i < n; ++i) {
      out_ += "<li>";
      if (up_to(2) == 0) words();
      blocks(depth + 1);
      out_ += "</li>";
    }
    out_ += "</" + kind + ">";
  }

  std::mt19937 random_;
  std::string out_;
};

/// Where two texts part, with what is around; empty: nowhere.
std::string difference(const std::string& was, const std::string& is) {
  if (was == is) return {};
  const auto at = static_cast<std::size_t>(std::ranges::mismatch(was, is).in1 - was.begin());
  const std::size_t from = at < 60 ? 0 : at - 60;
  return "was …" + was.substr(from, 120) + "…\nis  …" + (from < is.size() ? is.substr(from, 120) : "") + "…";
}

void expect_same(unsigned from, unsigned to) {
  for (unsigned seed = from; seed < to; ++seed) {
    const std::string source = page_maker(seed).page();
    const html::document page(source);
    const std::string markdown = markdown_of_all(page);
    const html::document again(rendered(markdown));
    const auto kinds = {std::string_view("h2"),         std::string_view("ul"),  std::string_view("ol"),    std::string_view("li"),
                        std::string_view("blockquote"), std::string_view("pre"), std::string_view("table"), std::string_view("tr")};
    ASSERT_EQ(difference(shape_of(page, kinds), shape_of(again, kinds)), "") << seed << ": " << source << "\n\n" << markdown;
    ASSERT_EQ(difference(text_of_all(page), without_blanks(html::text_of(again.root()))), "") << seed << ": " << source << "\n\n" << markdown;
  }
}

TEST(MarkdownRoundTrip, OfPagesFullOfSigns) { expect_same(0, 60); }
TEST(MarkdownRoundTripNightly, OfManyPagesFullOfSigns) { expect_same(60, 3000); }

TEST(MarkdownRoundTrip, OfTheTestPages) {
  for (const auto& file : std::filesystem::directory_iterator(TRAWL_PAGES)) {
    if (file.path().extension() != ".html") continue;
    std::stringstream bytes;
    bytes << std::ifstream(file.path()).rdbuf();
    html::decoded text;
    const std::string raw = bytes.str();
    html::decode(raw, "", text);
    const html::document page(text.text);
    const html::document again(rendered(markdown_of_all(page)));
    EXPECT_EQ(text_of_all(page), without_blanks(html::text_of(again.root()))) << file.path();
  }
}

}  // namespace
}  // namespace trawl::extract
