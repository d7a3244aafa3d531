#include "crawler/extract/xml_reader.hpp"

#include <gtest/gtest.h>

namespace trawl::extract {
namespace {

/// All events, one a word: <name>, </name>, <name/>, text and [cdata].
std::string events(std::string_view text) {
  std::string out;
  xml_reader reader(text);
  while (const auto e = reader.next()) {
    switch (e->is) {
      case xml_event::kind::start: out += "<" + std::string(e->name) + ">"; break;
      case xml_event::kind::end: out += "</" + std::string(e->name) + ">"; break;
      case xml_event::kind::empty: out += "<" + std::string(e->name) + "/>"; break;
      case xml_event::kind::text: out += e->text; break;
      case xml_event::kind::cdata: out += "[" + std::string(e->text) + "]"; break;
    }
  }
  return out;
}

std::string decoded(std::string_view raw) {
  std::string out;
  append_xml_text(out, raw);
  return out;
}

TEST(XmlReader, TagsTextAndSections) {
  EXPECT_EQ(events("<?xml version='1.0'?><a x='1'>b<c/><d  y = \"2\" />e</a >"), "<a>b<c/><d/>e</a>");
  EXPECT_EQ(events("<a><![CDATA[<b>&amp;]]]]></a>"), "<a>[<b>&amp;]]]</a>");
  EXPECT_EQ(events("a<!-- <b> -- -->c<?php echo '<d>' ?>e"), "ace");
}

TEST(XmlReader, AttributesMayHoldWhatEndsATag) {  // XML 1.0, 2.3: AttValue excludes < and & only
  EXPECT_EQ(events("<a b='>' c = \"/>\">d</a>"), "<a>d</a>");
  EXPECT_EQ(events("<a b=it's>c</a>"), "<a>c</a>");
}

TEST(XmlReader, DoctypesAreSkippedWithTheirSubset) {  // XML 1.0, 2.8
  EXPECT_EQ(events("<!DOCTYPE a SYSTEM \"x>y\"><a/>"), "<a/>");
  EXPECT_EQ(events("<!DOCTYPE a [<!ENTITY e \"]>\"><!-- don't ]> --><?p ]>?><!ELEMENT a ANY>] ><a>&e;</a>"), "<a>&e;</a>");
}

TEST(XmlReader, BrokenMarkupIsSkipped) {
  EXPECT_EQ(events("a < b <1> c"), "a  b 1> c");
  EXPECT_EQ(events("<a <b>c</b>"), "<b>c</b>");
  EXPECT_EQ(events("<a b='<c>d</c>"), "<c>d</c>");
  EXPECT_EQ(events("<a>b<"), "<a>b");
  EXPECT_EQ(events("<a>b</"), "<a>b/");
  EXPECT_EQ(events(""), "");
}

TEST(XmlReader, WhatNeverClosesEndsTheText) {
  EXPECT_EQ(events("<a>b<!-- c"), "<a>b");
  EXPECT_EQ(events("<a>b<![CDATA[c"), "<a>b[c]");
  EXPECT_EQ(events("<!DOCTYPE a [ <b>"), "");
}

TEST(XmlReader, NamesHavePrefixes) {
  EXPECT_EQ(local_name("sm:url"), "url");
  EXPECT_EQ(prefix_of("sm:url"), "sm");
  EXPECT_EQ(local_name("url"), "url");
  EXPECT_EQ(prefix_of("url"), "");
}

TEST(XmlReader, AttributeValues) {
  EXPECT_EQ(xml_attribute(" rel='self' href = \"/a?b=1&amp;c='2'\"", "href"), "/a?b=1&c='2'");
  EXPECT_EQ(xml_attribute(" xhref='1' href=2 /", "href"), "2");
  EXPECT_EQ(xml_attribute(" a ' = '' href='3'", "href"), "3");
  EXPECT_EQ(xml_attribute(" href='unclosed", "href"), "unclosed");
  for (const char* none : {"", " href", " href=", " hre='f'", "===", " b='href=1'"}) EXPECT_EQ(xml_attribute(none, "href"), std::nullopt) << none;
}

TEST(XmlReader, OnlyPredefinedAndNumericReferencesAreKnown) {  // XML 1.0, 4.1 and 4.6
  EXPECT_EQ(decoded("&lt;&gt;&amp;&quot;&apos;&#65;&#x42;&#x20AC;"), "<>&\"'AB€");
  EXPECT_EQ(decoded("?a=1&b=2&amp;amp;&nbsp;&#;&#x;&#xZ;&#65"), "?a=1&b=2&amp;&nbsp;&#;&#x;&#xZ;&#65");
  EXPECT_EQ(decoded("&#x110000;&#xD800;"), "\uFFFD\uFFFD");
  EXPECT_EQ(decoded("&"), "&");
}

}  // namespace
}  // namespace trawl::extract
