#include "crawler/html/serialize.hpp"

#include <gtest/gtest.h>

namespace trawl::html {
namespace {

node body_child(const document& d) {
  for (node n = d.root(); n; n = n.following(d.root()))
    if (n.is("body")) return n.first_child();
  return {};
}

std::string text(std::string_view page) { return text_of(body_child(document(page))); }
std::string html(std::string_view page) { return html_of(body_child(document(page))); }

TEST(TextOf, TakesDescendantsFoldsAndTrims) { EXPECT_EQ(text("<p> a <b>b\n c</b>d &lt; </p>e"), "a b cd <"); }
TEST(TextOf, LeavesOutWhatIsNotRead) { EXPECT_EQ(text("<div>a<script>x()</script><style>y</style><template>z</template><!-- c --> b</div>"), "a b"); }
TEST(TextOf, GivesAScriptItsOwn) { EXPECT_EQ(text("<body><script> {\"a\": 1} </script>"), "{\"a\": 1}"); }

TEST(HtmlOf, WritesElementsAttributesAndText) {
  EXPECT_EQ(html("<DIV Class=\"a &amp; &quot;b&quot;\" data-x><br>1 &lt; 2&nbsp;&amp;<img src=x></DIV>"),
            "<div class=\"a &amp; &quot;b&quot;\" data-x=\"\"><br>1 &lt; 2&nbsp;&amp;<img src=\"x\"></div>");
}
TEST(HtmlOf, KeepsRawTextRaw) { EXPECT_EQ(html("<body><script>a < b && c</script>"), "<script>a < b && c</script>"); }
TEST(HtmlOf, LeavesOutCommentsAndClosesWhatWasOpen) { EXPECT_EQ(html("<ul><li>1<!-- x --><li>2"), "<ul><li>1</li><li>2</li></ul>"); }
TEST(HtmlOf, IsOfTheElementAlone) { EXPECT_EQ(html("<p>a</p><p>b</p>"), "<p>a</p>"); }
TEST(HtmlOf, WritesTemplateContent) { EXPECT_EQ(html("<div><template><b>x</b></template></div>"), "<div><template><b>x</b></template></div>"); }

}  // namespace
}  // namespace trawl::html
