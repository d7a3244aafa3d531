#include "crawler/url/encode.hpp"

#include <gtest/gtest.h>

#include "crawler/url/url.hpp"

namespace trawl::url {
namespace {

std::string encoded(std::string_view text, encode_set set) {
  std::string out;
  append_encoded(out, text, set);
  return out;
}

/// The printable ASCII characters that a set encodes.
std::string members(encode_set set) {
  std::string out;
  for (char c = 0x20; c < 0x7F; ++c)
    if (is_encoded(static_cast<unsigned char>(c), set)) out += c;
  return out;
}

TEST(PercentEncoding, SetsAreThoseOfTheStandard) {  // URL Standard, 1.3
  EXPECT_EQ(members(encode_set::c0_control), "");
  EXPECT_EQ(members(encode_set::fragment), " \"<>`");
  EXPECT_EQ(members(encode_set::query), " \"#<>");
  EXPECT_EQ(members(encode_set::special_query), " \"#'<>");
  EXPECT_EQ(members(encode_set::path), " \"#<>?^`{}");
  EXPECT_EQ(members(encode_set::userinfo), " \"#/:;<=>?@[\\]^`{|}");
  EXPECT_EQ(members(encode_set::form), " !\"#$%&'()+,/:;<=>?@[\\]^`{|}~");
}

TEST(PercentEncoding, EscapesAreUpperCaseAndOldOnesStay) {
  EXPECT_EQ(encoded("\x1F\x7F\xC3\xA9%2f%", encode_set::path), "%1F%7F%C3%A9%2f%");
}

TEST(PercentEncoding, DecodesOnlyEscapes) {
  EXPECT_EQ(percent_decode("%41%4a%zz%4%"), "AJ%zz%4%");
  EXPECT_EQ(percent_decode("%25%34%31"), "%41");
}

TEST(PercentEncoding, FormSerialisationWritesBlanksAsPlus) { EXPECT_EQ(form_encode("a b+c*\xC3\xA9"), "a+b%2Bc*%C3%A9"); }

TEST(Utf8, EachIllFormedSequenceIsOneReplacement) {  // Encoding Standard, 8.1.1: maximal subparts
  const std::string r = "\xEF\xBF\xBD";
  EXPECT_EQ(to_valid_utf8("a\x80z"), "a" + r + "z");
  EXPECT_EQ(to_valid_utf8("\xC0\xAF"), r + r);
  EXPECT_EQ(to_valid_utf8("\xE2\x82z"), r + "z");
  EXPECT_EQ(to_valid_utf8("\xED\xA0\x80"), r + r + r);
  EXPECT_EQ(to_valid_utf8("\xF0\x9F\x98"), r);
  EXPECT_EQ(to_valid_utf8("\xF4\x90\x80\x80"), r + r + r + r);
  EXPECT_EQ(to_valid_utf8("\xF0\x9F\x98\x80\xC3\xA9"), "\xF0\x9F\x98\x80\xC3\xA9");
}

}  // namespace
}  // namespace trawl::url
