// What of a page is its article: pages of several kinds, with what is wanted of them and what is not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "crawler/extract/content/content.hpp"

namespace trawl::extract {
namespace {

using testing::HasSubstr, testing::Not;

const url::url address = *url::parse("https://h.test/a/b");

page_content content_of(std::string_view html) { return read_content(html::document(html), address, {.text = true, .markdown = true, .language = true}); }

page_content content_of_file(const std::string& name) {
  std::stringstream bytes;
  bytes << std::ifstream(std::string(TRAWL_PAGES) + "/content/" + name).rdbuf();
  EXPECT_FALSE(bytes.str().empty()) << name;
  return content_of(bytes.str());
}

void expect_content(const std::string& file, const std::vector<std::string>& wanted, const std::vector<std::string>& unwanted) {
  const page_content found = content_of_file(file);
  for (const std::string& segment : wanted) EXPECT_THAT(*found.text, HasSubstr(segment));
  for (const std::string& segment : unwanted) {
    EXPECT_THAT(*found.text, Not(HasSubstr(segment)));
    EXPECT_THAT(*found.markdown, Not(HasSubstr(segment)));
  }
}

TEST(MainContent, OfABlog) {
  expect_content("blog.html",
                 {"Why our lighthouse turns twice", "Visitors keep asking", "The first lamp on this rock", "The clockwork\n", "A weight of two hundred",
                  "Wind it before you eat", "One turn and a half", "turns = 2 * minutes", "So what looks like a pause"},
                 {"cookies", "Fog", "Home /", "Mo Keeper", "Share this story", "Photograph", "Related posts", "Which oil burns", "More from this series",
                  "The next part", "Tags", "My grandfather", "across the bay", "Say something kind", "Notes from a rock", "may be copied"});
}

TEST(MainContent, OfAPageLaidOutInTables) {
  expect_content("tables.html", {"Der Brunnen ist wieder offen", "Nach sieben Monaten", "Der alte Trog", "Leitung aus Blei ersetzt", "Wer mag, kann"},
                 {"Aktuelles", "Vereine", "Impressum", "Rat"});
  EXPECT_THAT(*content_of_file("tables.html").markdown, HasSubstr("| Jahr | Arbeit | Kosten |\n| --- | --- | --- |\n| 1724 | Erster Trog | 40 Gulden |"));
}

TEST(MainContent, OfAHandbook) {
  expect_content(
      "reference.html",
      {"pump — move water", "The command moves water", "moved 12 l", "Options", "--from", "Name of the basin that water is taken out of", "the target is full"},
      {"¶", "index", "Table of Contents", "Copyright"});
  EXPECT_THAT(*content_of_file("reference.html").markdown, HasSubstr("```console\n$ pump --from \"a b\" --to c\nmoved 12 l\n```"));
}

TEST(MainContent, OfAPageWhoseNamesSayNothing) {
  expect_content("unmarked.html", {"Bread without an oven", "All that is needed is a pot", "Mix flour and water", "Lay embers under", "Let it cool on a stone"},
                 {"Soup", "Seven soups", "the heel of a loaf", "Terms"});
}

TEST(MainContent, HasItsLanguage) {
  EXPECT_EQ(content_of_file("blog.html").language->code, "en");
  EXPECT_EQ(content_of_file("tables.html").language->code, "de");
}

constexpr std::string_view sentence = "This is a sentence of the article that is long enough to be taken for one, and it goes on. ";

std::string article(int sentences) {
  std::string out;
  for (int i = 0; i < sentences; ++i) out.append("<p>").append(sentence).append("</p>");
  return out;
}

TEST(MainContent, IsNotWhatIsHidden) {
  for (const char* hides : {"style='display: none'", "style='visibility:hidden'", "hidden", "aria-hidden=true", "class=sr-only", "class='x visually-hidden'"})
    EXPECT_THAT(*content_of("<article>" + article(5) + "<div " + hides + ">Nobody sees this text, which is as long as any other.</div></article>").text,
                Not(HasSubstr("Nobody")))
        << hides;
  for (const char* shows : {"class=hidden-xs", "class='md:hidden'", "style='display:block'"})
    EXPECT_THAT(*content_of("<article>" + article(5) + "<div " + shows + ">Somebody sees this text, which is as long as any other.</div></article>").text,
                HasSubstr("Somebody"))
        << shows;
}

TEST(MainContent, IsFoundWhereNamesMislead) {
  EXPECT_THAT(*content_of("<div class='page sidebar-layout'>" + article(6) + "</div>").text,
              HasSubstr("This is a sentence"));  // a layout is called by its sidebar
  EXPECT_THAT(*content_of("<div id=main class='tag-sponsored no-comments'>" + article(6) + "</div>").text, HasSubstr("This is a sentence"));
  EXPECT_THAT(*content_of("<div class=ad-wrapper><p>" + std::string(sentence) + "</p></div>").text, HasSubstr("This is a sentence"));  // all that there is
  EXPECT_THAT(*content_of("<noscript><div>" + article(6) + "</div></noscript>").text, HasSubstr("This is a sentence"));
}

TEST(MainContent, OfAPageWithoutAnyIsEmpty) {
  for (const char* page : {"", "<html></html>", "<script>x</script>", "<body><nav><a href=/>x</a></nav>"}) {
    const page_content found = content_of(page);
    EXPECT_LE(found.text->size(), 1U) << page;
    EXPECT_FALSE(found.is_cut);
    EXPECT_FALSE(found.language);
  }
}

TEST(MainContent, GivesWhatIsAskedFor) {
  const html::document page("<p>a");
  const page_content found = read_content(page, address, {.markdown = true});
  EXPECT_FALSE(found.text);
  EXPECT_EQ(found.markdown, "a");
}

TEST(PlainText, HasALineABlock) {
  EXPECT_EQ(*content_of("<article><h2>T</h2><p>a <b>b</b><br>c<ul><li>d<li>e</ul><table><tr><td>f<td>g<tr><td>h<td>i</table><pre>j\n  k</pre></article>").text,
            "T\na b\nc\nd\ne\nf\tg\nh\ti\nj\n  k");
}

}  // namespace
}  // namespace trawl::extract
