#include "crawler/extract/text/simhash.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <string>

namespace trawl::extract {
namespace {

std::string words(int from, int to) {
  std::string out;
  for (int i = from; i < to; ++i) out += "word" + std::to_string(i) + ' ';
  return out;
}

int bits_apart(const std::string& a, const std::string& b) { return std::popcount(print_of_text(a).simhash ^ print_of_text(b).simhash); }

TEST(Simhash, TheSameWordsGiveTheSamePrint) {
  const auto print = print_of_html("<title>A title</title><p>Some <b>text</b>,\n with   marks.</p>");
  EXPECT_EQ(print.words, 6U);
  EXPECT_EQ(print.simhash, print_of_text("a TITLE some text with marks").simhash);
}

TEST(Simhash, ScriptsTagsAndCommentsAreNoText) {
  EXPECT_EQ(print_of_html("<script>var x</script><style>p{}</style><!-- c --><p class=k>one two</p>").simhash, print_of_text("one two").simhash);
}

TEST(Simhash, OneWordIsItsOwnFeature) {
  // FNV-1a of "a" is af63dc4c8601ec8c; a feature of one word is mix(9 * w).
  EXPECT_EQ(print_of_text("a").simhash, [] {
    std::uint64_t x = 9 * 0xAF63DC4C8601EC8CU;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
    return x ^ (x >> 31);
  }());
}

TEST(Simhash, FewBitsDifferWhereFewWordsDo) {
  const std::string page = words(0, 2000);
  EXPECT_LE(bits_apart(page, page + "more"), 3);
  EXPECT_GE(bits_apart(page, words(2000, 4000)), 15);
}

TEST(Simhash, NoWordsGiveNothing) {
  EXPECT_EQ(print_of_html("<p> . </p>").words, 0U);
  EXPECT_EQ(print_of_html("").simhash, 0U);
}

}  // namespace
}  // namespace trawl::extract
