#include "crawler/url/normalize.hpp"

#include <gtest/gtest.h>

namespace trawl::url {
namespace {

std::string stripped(std::string_view text, const std::vector<std::string>& globs) { return strip_query(*parse(text), globs); }

TEST(StripQuery, DropsByNameAndTheFragmentAlways) {
  EXPECT_EQ(stripped("http://h/?utm_source=x&a=1&fbclid=2#f", {"utm_*", "fbclid"}), "http://h/?a=1");
  EXPECT_EQ(stripped("http://h/?a#f", {}), "http://h/?a");
}

TEST(StripQuery, NamesAreWhole) {
  EXPECT_EQ(stripped("http://h/?xfbclid=1&fbclid2=1", {"fbclid"}), "http://h/?xfbclid=1&fbclid2=1");
  EXPECT_EQ(stripped("http://h/?a=utm_x", {"utm_*"}), "http://h/?a=utm_x");
  EXPECT_EQ(stripped("http://h/?sid", {"sid"}), "http://h/");
}

TEST(StripQuery, QuestionMarkGoesOnlyWithTheLastParameter) {
  EXPECT_EQ(stripped("http://h/?utm_a=x", {"utm_*"}), "http://h/");
  EXPECT_EQ(stripped("http://h/?", {"utm_*"}), "http://h/?");
}

TEST(StripQuery, WhatStaysIsNotRewritten) {
  EXPECT_EQ(stripped("http://h/?&b=%41&&c=+&x=1&", {"x"}), "http://h/?&b=%41&&c=+&");
  EXPECT_EQ(stripped("http://h/?b&a", {"x"}), "http://h/?b&a");
}

}  // namespace
}  // namespace trawl::url
