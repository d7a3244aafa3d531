#include "crawler/extract/content/outline.hpp"

#include <gtest/gtest.h>

#include "crawler/extract/content/hints.hpp"

namespace trawl::extract {
namespace {

TEST(Outline, CountsTextLinksAndProse) {
  const html::document page(
      "<body><div><p>This sentence has sixty characters or some more of them, <a href=/x>as counted</a> here.</p><a href=/y>menu</a> <a "
      "href='#z'>top</a></div>");
  const outline all = read_outline(page);
  ASSERT_FALSE(all.entries.empty());
  const outline_entry& body = all.entries[0];
  EXPECT_EQ(body.kind, tag::body);
  EXPECT_EQ(body.end, all.entries.size());
  EXPECT_EQ(body.links, 10U + 4U);  // what leads into the page itself is no link
  EXPECT_EQ(body.prose, body.text - 10U - 4U - 3U);
}

TEST(Outline, LeavesOutWhatSaysNothing) {
  const html::document page(
      "<body>a<script>b</script><style>c</style><svg><text>d</text></svg><select><option>e</select><template>f</template><button>g</button><!-- h -->");
  const outline all = read_outline(page);
  EXPECT_EQ(all.entries.size(), 2U);
  EXPECT_EQ(all.entries[0].text, 1U);
}

TEST(Outline, WhatIsDroppedCountsForNothingAbove) {
  const html::document page("<body><p>abc</p><p>de</p>");
  outline all = read_outline(page);
  EXPECT_EQ(all.entries[0].text, 5U);
  all.entries[1].is_dropped = true;
  all.measure();
  EXPECT_EQ(all.entries[0].text, 2U);
}

TEST(Outline, CharactersOfDenseScriptsCountMore) {
  const html::document page("<body>\xE6\xBC\xA2\xE5\xAD\x97\xC3\xA9");
  EXPECT_EQ(read_outline(page).entries[0].text, 3U + 3U + 1U);
}

TEST(Outline, KnowsTheHeadlinesByTheTitle) {
  const html::document page("<title>A Long Headline - The Site</title><body><h2>The Site</h2><h1>a long headline</h1><h2>Something else</h2>");
  const outline all = read_outline(page);
  ASSERT_EQ(all.headlines.size(), 1U);
  EXPECT_EQ(all.entries[all.headlines[0]].kind, tag::h1);
}

hint_set hints_in(const std::string& attributes) {
  const html::document page("<body><div " + attributes + ">");
  return hints_of(page.root().first_child().next().first_child());
}

TEST(Hints, AreWordsOfNames) {
  for (const char* name : {"class=sidebar", "class='x left-sidebar'", "id=SideBar_2", "class=leftSidebar", "class=page__sidebar--wide"})
    EXPECT_TRUE((hints_in(name) & hint::aside) != 0) << name;
  for (const char* name : {"class=article-body", "class=articleBody", "class=article_body", "id=articlebody", "itemprop=articleBody"})
    EXPECT_TRUE((hints_in(name) & hint::body) != 0) << name;
  EXPECT_TRUE((hints_in("class=comments-list") & hint::comments) != 0);
  EXPECT_TRUE((hints_in("role=navigation") & hint::navigation) != 0);
}

TEST(Hints, AreNotPartsOfOtherWords) {
  for (const char* name : {"class=header", "class=gradient", "class=adapter", "class=commentary", "class=hidden-xs", "class='tag-ads category-sidebar'",
                           "class=no-comments", "id=how-we-share-and-comment-on-things"})
    EXPECT_EQ(hints_in(name), 0) << name;
}

}  // namespace
}  // namespace trawl::extract
