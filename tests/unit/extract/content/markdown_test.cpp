// HTML to GitHub-flavoured Markdown. Clauses are those of the GFM spec 0.29.
#include <gtest/gtest.h>

#include "crawler/extract/content/content.hpp"
#include "crawler/extract/content/markdown/writer.hpp"
#include "crawler/extract/content/outline.hpp"

namespace trawl::extract {
namespace {

/// All of a page, not its main content only.
std::string md(std::string_view html) {
  const html::document page(html);
  const outline all = read_outline(page);
  return markdown_of(all, 0, *url::parse("https://h.test/a/b?c"), most_content);
}

TEST(Markdown, HeadingsKeepTheirLevels) {
  EXPECT_EQ(md("<h1>One</h1><p>a<h2>Two <i>x</i></h2><h6>Six</h6>"), "# One\n\na\n\n## Two *x*\n\n###### Six");
  EXPECT_EQ(md("<h2>a<br>b</h2>"), "## a b");
  EXPECT_EQ(md("<h2>C #</h2><h2>C#</h2><h2>##</h2>"), "## C \\#\n\n## C#\n\n## \\##");  // 4.2: a run at the end would close
}

TEST(Markdown, ParagraphsAreApartAndBlanksFolded) {
  EXPECT_EQ(md("<p> a\n  b </p>c<p>d</p>"), "a b\n\nc\n\nd");
  EXPECT_EQ(md("<div><div>a</div><div>b</div></div>"), "a\n\nb");
}

// 6.12
TEST(Markdown, BreaksAreHardAndTwoPartParagraphs) {
  EXPECT_EQ(md("a<br>b"), "a\\\nb");
  EXPECT_EQ(md("a<br> <br>b<br>"), "a\n\nb");
  EXPECT_EQ(md("see https://h/x<br>b"), "see https://h/x  \nb");  // an autolink would take the backslash in
  EXPECT_EQ(md("<b>a<br></b>b"), "**a**\\\nb");
}

// 6.4
TEST(Markdown, EmphasisLeansOnItsWords) {
  EXPECT_EQ(md("x<b> a </b>y <em>b</em>"), "x **a** y *b*");
  EXPECT_EQ(md("<b>a<b>b</b></b>"), "**ab**");
  EXPECT_EQ(md("<b>a</b><b>b</b>"), "**ab**");
  EXPECT_EQ(md("<b></b>a<i> </i>b"), "a b");
  EXPECT_EQ(md("<b><i>a</i></b>"), "***a***");
  EXPECT_EQ(md("in<b>side</b>word"), "in**side**word");
  EXPECT_EQ(md("<s>a</s>"), "~~a~~");
}

TEST(Markdown, EmphasisThatCanNotBeSaidIsLeftOut) {
  EXPECT_EQ(md("a<b>(b)</b>c"), "a(b)c");  // the delimiters would lean the wrong way
  EXPECT_EQ(md("a <b>(b)</b> c"), "a **(b)** c");
  EXPECT_EQ(md("\xE2\x80\x9E<b>x</b>\xE2\x80\x9C"), "\xE2\x80\x9E**x**\xE2\x80\x9C");
}

TEST(Markdown, WhatAcrossBlocksIsOpenIsOpenInEach) {
  EXPECT_EQ(md("<a href=/x><h3>T</h3><p>u</p></a>"), "### [T](https://h.test/x)\n\n[u](https://h.test/x)");
  EXPECT_EQ(md("<b><p>a</p><p>b</p></b>"), "**a**\n\n**b**");
}

// 6.6
TEST(Markdown, LinksAreAbsolute) {
  EXPECT_EQ(md("<a href='../x#y'>a [b]</a>"), "[a \\[b\\]](https://h.test/x#y)");
  EXPECT_EQ(md("<a href='#n'>1</a> <a href='javascript:x()'>b</a> <a href=''></a>"), "[1](https://h.test/a/b?c#n) b");
  EXPECT_EQ(md("<a href='/a_(b)'>x</a><a href='/a)b'>y</a>"), "[x](https://h.test/a_(b))[y](https://h.test/a\\)b)");
  EXPECT_EQ(md("Go!<a href=/x>there</a>"), "Go\\![there](https://h.test/x)");  // no image
  EXPECT_EQ(md("<a href='/?a=1&amp;copy;=2'>x</a>"), "[x](https://h.test/?a=1&amp;copy;=2)");
}

TEST(Markdown, ImagesHaveTheirText) {
  EXPECT_EQ(md("<img src=i.png alt='A *cat*'>"), "![A \\*cat\\*](https://h.test/a/i.png)");
  EXPECT_EQ(md("<a href=/x><img src=/i alt=b></a>"), "[![b](https://h.test/i)](https://h.test/x)");
  EXPECT_EQ(md("a<img src='data:image/gif;base64,x' data-src=/late alt=l>"), "a![l](https://h.test/late)");
  EXPECT_EQ(md("a<img src=/pixel width=1 height=1>"), "a");
}

// 5.2, 5.3
TEST(Markdown, ListsAreNested) {
  EXPECT_EQ(md("<ul><li>a<ul><li>b<li>c</ul><li>d</ul>"), "- a\n  - b\n  - c\n- d");
  EXPECT_EQ(md("<ol start=9><li>a<li>b<ol><li>c</ol></ol>"), "9. a\n10. b\n    1. c");
  EXPECT_EQ(md("<ul><li><p>a</p><p>b</p><li>c</ul>"), "- a\n\n  b\n- c");
  EXPECT_EQ(md("<ul><li></li><li>x</ul>"), "- x");
  EXPECT_EQ(md("<ul><li>a<pre>b\n\nc</pre></ul>"), "- a\n\n  ```\n  b\n\n  c\n  ```");
  EXPECT_EQ(md("<ol><li>a<ol start=3><li>b</ol></ol>"), "1. a\n\n   3. b");  // 3. can't follow a paragraph at once
}

TEST(Markdown, ListsBehindEachOtherStayTwo) {
  EXPECT_EQ(md("<ul><li>a</ul><ul><li>b</ul>"), "- a\n\n+ b");
  EXPECT_EQ(md("<ol><li>a</ol><ol><li>b</ol>"), "1. a\n\n1) b");
  EXPECT_EQ(md("<ul><li>a</ul><p>x</p><ul><li>b</ul>"), "- a\n\nx\n\n- b");
}

TEST(Markdown, QuotesHoldBlocks) {
  EXPECT_EQ(md("<blockquote><p>a<p>b<br>c<ul><li>d</ul></blockquote>e"), "> a\n>\n> b\\\n> c\n>\n> - d\n\ne");
  EXPECT_EQ(md("<blockquote>a</blockquote><blockquote>b</blockquote>"), "> a\n\n> b");
}

TEST(Markdown, TermsAreFollowedByWhatTheyMean) { EXPECT_EQ(md("<dl><dt>T<dd>a<dd>b</dl>"), "T\n\n- a\n\n+ b"); }

// 4.5
TEST(Markdown, CodeBlocksHaveTheirLanguageAndFence) {
  EXPECT_EQ(md("<pre><code class='hljs language-c++'>int  a;\n\tb</code></pre>"), "```c++\nint  a;\n\tb\n```");
  EXPECT_EQ(md("<div class='highlight highlight-source-python'><pre>x</pre></div>"), "```python\nx\n```");
  EXPECT_EQ(md("<pre>a\n```\nb</pre>"), "````\na\n```\nb\n````");
  EXPECT_EQ(md("<pre lang=x class='language-<b>'>*a*</pre>"), "```\n*a*\n```");
  EXPECT_EQ(md("<pre><div class=line>a</div><div class=line>b</div></pre>"), "```\na\nb\n```");
}

// 6.3
TEST(Markdown, CodeSpansHoldBackticks) {
  EXPECT_EQ(md("<code>a*b</code>"), "`a*b`");
  EXPECT_EQ(md("<code>a`b</code>"), "``a`b``");
  EXPECT_EQ(md("<code>`</code>"), "`` ` ``");
  EXPECT_EQ(md("<code>a</code><code>b</code>"), "`ab`");  // `a``b` would be something else
  EXPECT_EQ(md("x<code> a </code>y<code> </code>z"), "x `a` y z");
}

// 4.10
TEST(Markdown, TablesOfData) {
  EXPECT_EQ(md("<table><tr><th>a<th>b<tr><td>1|2<td><code>x|y</code></table>"), "| a | b |\n| --- | --- |\n| 1\\|2 | `x\\|y` |");
  EXPECT_EQ(md("<table><tr><td>1<td>2<tr><td>3<td>4</table>"), "|  |  |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |");
  EXPECT_EQ(md("<table><caption>C</caption><tr><th>a<th>b<tr><td colspan=2>x<tr><td rowspan=2>y<td>1<tr><td>2</table>"),
            "C\n\n| a | b |\n| --- | --- |\n| x |  |\n| y | 1 |\n|  | 2 |");
  EXPECT_EQ(md("<table><tr><th>a<th>b<tr><td>x<br>y<td><p>p</p><p>q</p></table>"), "| a | b |\n| --- | --- |\n| x<br>y | p<br>q |");
}

TEST(Markdown, TablesThatLayOutAreBlocks) {
  EXPECT_EQ(md("<table><tr><td><h2>a</h2><td>b</table>"), "## a\n\nb");
  EXPECT_EQ(md("<table role=presentation><tr><td>a<td>b</table>"), "a\n\nb");
}

// 6.1, and what begins blocks: 4.1 to 4.7, 5.1 to 5.3
TEST(Markdown, PlainTextStaysPlain) {
  EXPECT_EQ(md("<p>*a* _b_ c_d `e` [f](g) \\ ~h~ &amp;amp; &lt;b> a &lt; b AT&T"),
            "\\*a\\* \\_b\\_ c_d \\`e\\` \\[f\\](g) \\\\ \\~h\\~ \\&amp; \\<b> a < b AT&T");
  for (const char* line : {"# a", "> a", "- a", "+ a", "---", "===", "+"}) EXPECT_EQ(md(std::string("<p>") + line), std::string("\\") + line);
  EXPECT_EQ(md("<p>1. a"), "1\\. a");
  EXPECT_EQ(md("<p>12) a"), "12\\) a");
  EXPECT_EQ(md("<p>a<br>- b<br>1.5 c"), "a\\\n\\- b\\\n1.5 c");
  EXPECT_EQ(md("<p>a | b<br>--|--"), "a | b\\\n\\--|--");
  EXPECT_EQ(md("<p>#a -a 1.a"), "#a -a 1.a");
  EXPECT_EQ(md("<ul><li>- a<li>1. b</ul>"), "- \\- a\n- 1\\. b");
  EXPECT_EQ(md("<p>x&#1;y&#14;z"), "x y z");  // what marks are inside of the writer
}

// 6.9: an autolink would show the backslashes in it
TEST(Markdown, AddressesThatNeedBackslashesAreNoAutolinks) {
  EXPECT_EQ(md("<p>https://h/a_b"), "https://h/a_b");
  EXPECT_EQ(md("<p>https://h/*b www.h/[x]"), "https\\://h/\\*b www\\.h/\\[x\\]");
}

TEST(Markdown, RulesRaisedTextAndQuotations) {
  EXPECT_EQ(md("a<hr>b"), "a\n\n***\n\nb");
  EXPECT_EQ(md("10<sup>6</sup> H<sub>2</sub>O<sup></sup> <q>a</q>"), "10<sup>6</sup> H<sub>2</sub>O \"a\"");
}

TEST(Markdown, DepthIsBounded) {
  std::string page;
  for (int i = 0; i < 400; ++i) page += "<blockquote>";
  const std::string out = md(page + "a");
  EXPECT_LT(out.size(), 64U);
  EXPECT_TRUE(out.ends_with("> a")) << out;
}

TEST(Markdown, EndsWhereThereIsNoRoom) {
  std::string page;
  for (int i = 0; i < 1000; ++i) page += "<p>abcdefgh";
  const html::document tree(page);
  const outline all = read_outline(tree);
  const std::string out = markdown_of(all, 0, *url::parse("https://h/"), 100);
  EXPECT_GE(out.size(), 90U);
  EXPECT_LE(out.size(), 130U);
}

}  // namespace
}  // namespace trawl::extract
