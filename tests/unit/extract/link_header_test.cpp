// RFC 8288; the sections are named beside the cases.
#include "crawler/extract/link_header.hpp"

#include <gtest/gtest.h>

namespace trawl::extract {
namespace {

std::string read(std::string_view field) {
  std::string out;
  for (const raw_link& l : header_links(field, *url::parse("https://h/dir/page?q"))) {
    EXPECT_EQ(l.kind, link_kind::header_link);
    out += (out.empty() ? "" : " ") + l.href + "[" + l.rel + "]";
  }
  return out;
}

TEST(LinkHeader, TargetsAreResolvedAgainstTheResponse) {  // 3.1, 3.2
  EXPECT_EQ(read("<http://example.com/TheBook/chapter2>; rel=\"prev\"; title=\"previous chapter\""), "http://example.com/TheBook/chapter2[prev]");
  EXPECT_EQ(read("</>; rel=canonical, <?page=2>;rel=NEXT ,<b> ; rel = \"next\""), "https://h/[canonical] https://h/dir/page?page=2[next] https://h/dir/b[next]");
}

TEST(LinkHeader, OnlyWhatALinkElementWouldBeFollowedFor) {
  EXPECT_EQ(read("<a>; rel=preload, <b>; rel=\"nofollow next\", <c>, <d>; rel=stylesheet, <e>; rel=nexts"), "https://h/dir/b[nofollow next]");
  EXPECT_EQ(read("<a>; rel=alternate, <b>; rel=alternate; type=\"text/html; charset=utf-8\", <c>; rel=alternate; type=\"application/rss+xml\""),
            "https://h/dir/a[alternate] https://h/dir/b[alternate]");
}

TEST(LinkHeader, ParametersMayHoldDelimiters) {  // 3: quoted-string
  EXPECT_EQ(read("<a,b;c>; title=\"x, <y>; rel=canonical \\\" z\"; rel=next, <d>; rel=prev"), "https://h/dir/a,b;c[next] https://h/dir/d[prev]");
}

TEST(LinkHeader, TheFirstRelCounts) {  // 3.3
  EXPECT_EQ(read("<a>; rel=preload; rel=next, <b>; rel=next; rel=preload"), "https://h/dir/b[next]");
}

TEST(LinkHeader, AnAnchorMakesItAnothersLink) {  // 3.2
  EXPECT_EQ(read("<a>; rel=next; anchor=\"#foo\", <b>; anchor=/x; rel=next, <c>; rel=next"), "https://h/dir/c[next]");
}

TEST(LinkHeader, WhatDoesNotParseEndsTheList) {
  EXPECT_EQ(read("<a>; rel=next, b; rel=next, <c>; rel=next"), "https://h/dir/a[next]");
  for (const char* none : {"", ",", "<", "<a", "<a>", "<a>;", "<a>;rel", "<a>;rel=", "<a>;rel=\"", "a", "<http://>; rel=next", "<a>;;;===\"\\"}) EXPECT_EQ(read(none), "") << none;
}

}  // namespace
}  // namespace trawl::extract
