// The scanner against the tokenizer of the HTML Standard (13.2.5): what is a tag, what is text, what hides.
#include "crawler/html/scanner.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace trawl::html {
namespace {

/// All tokens in one line: "<a href=x>", "</a>", "text" between bars.
std::string scan(std::string_view source) {
  std::string out;
  scanner s(source);
  for (token t; s.next(t);) {
    if (!out.empty()) out += '|';
    if (t.kind == token_kind::text) {
      out += t.text;
      continue;
    }
    out += (t.kind == token_kind::end ? "</" : "<") + std::string(t.name);
    for (const attribute& a : t.attributes) out += " " + std::string(a.name) + "=" + std::string(a.value);
    out += t.self_closing ? "/>" : ">";
  }
  return out;
}

TEST(Scanner, TagsTextAndCase) {
  EXPECT_EQ(scan("x<A HREF=1>y</A >z"), "x|<a HREF=1>|y|</a>|z");
  EXPECT_EQ(scan("<br/><p / class=a>"), "<br/>|<p class=a>");
}

TEST(Scanner, EveryFormOfAnAttribute) {  // 13.2.5.32 on
  EXPECT_EQ(scan("<a b c=d e = 'f g' h=\"i'j\" k=l>"), "<a b= c=d e=f g h=i'j k=l>");
  EXPECT_EQ(scan("<a b=\"1\"c='2'd>"), "<a b=1 c=2 d=>");       // no blank between
  EXPECT_EQ(scan("<a =b>"), "<a =b=>");                         // a first '=' belongs to the name
  EXPECT_EQ(scan("<a b=c/d/>"), "<a b=c/d/>");                  // an unquoted value takes the slash
  EXPECT_EQ(scan("<a\nb\t=\f1\r\n>"), "<a b=1>");
  EXPECT_EQ(scan("<a b=>c"), "<a b=>|c");
  EXPECT_EQ(scan("<a b='>'>c"), "<a b=>>|c");
  EXPECT_EQ(scan("<a b=\"x<y\">"), "<a b=x<y>");
}

TEST(Scanner, FirstOfDuplicateAttributesCounts) {
  scanner s("<a href=1 HREF=2 title='&amp;&lt'>");
  token t;
  ASSERT_TRUE(s.next(t));
  EXPECT_EQ(t.attribute_value("href"), "1");
  EXPECT_EQ(t.attribute_value("title"), "&<");
  bool found = true;
  EXPECT_EQ(t.attribute_value("none", &found), "");
  EXPECT_FALSE(found);
}

TEST(Scanner, TagThatNeverEndsIsNone) {
  EXPECT_EQ(scan("a<b href='x"), "a");
  EXPECT_EQ(scan("a<b c"), "a");
}

TEST(Scanner, WhatIsNoTagIsText) {
  EXPECT_EQ(scan("1 < 2 <3 <- <"), "1 |< 2 |<3 |<- |<");
}

TEST(Scanner, CommentsHideInAllTheirForms) {  // 13.2.5.43 on
  EXPECT_EQ(scan("a<!-- <b> -->c"), "a|c");
  EXPECT_EQ(scan("a<!-->b<!--->c"), "a|b|c");
  EXPECT_EQ(scan("a<!-- x --!>b"), "a|b");
  EXPECT_EQ(scan("a<!-- x -- > <b> --->c"), "a|c");
  EXPECT_EQ(scan("a<!-- <!-- x -->b-->"), "a|b-->");
  EXPECT_EQ(scan("a<!-- never ends <b>"), "a");
}

TEST(Scanner, BogusCommentsEndAtTheNextAngle) {
  EXPECT_EQ(scan("a<!doctype html>b<?xml <b?>c</ d><!x y>e</>f"), "a|b|c|e|f");
  EXPECT_EQ(scan("a<![CDATA[ <b>]]>c"), "a|]]>c");  // HTML content has no CDATA sections
}

TEST(Scanner, CdataIsTextInForeignContentOnly) {  // 13.2.5.42
  EXPECT_EQ(scan("<svg><![CDATA[ <a href=x> ]]></svg><a>"), "<svg>|</svg>|<a>");
  EXPECT_EQ(scan("<math><![CDATA[<a>]]></math><![CDATA[<b>"), "<math>|</math>");
  EXPECT_EQ(scan("<svg/><![CDATA[<a>"), "<svg/>");
}

TEST(Scanner, RawTextEndsAtItsOwnEndTag) {  // 13.2.5.12
  for (const char* name : {"style", "xmp", "iframe", "noembed", "noframes"}) {
    const std::string n = name;
    EXPECT_EQ(scan("<" + n + "><a></" + n + "x><!--</ " + n + "></" + n + "/><b>"), "<" + n + ">|</" + n + "/>|<b>") << name;
  }
  EXPECT_EQ(scan("<style>a</STYLE\n>b"), "<style>|</style>|b");
  EXPECT_EQ(scan("<style>never ends<a>"), "<style>");
}

TEST(Scanner, TitleAndTextareaAreTextWithReferences) {  // 13.2.5.2
  EXPECT_EQ(scan("<title>a <b> <!-- c</title>d"), "<title>|a <b> <!-- c|</title>|d");
  EXPECT_EQ(scan("<textarea><a href=x></textarea><a>"), "<textarea>|<a href=x>|</textarea>|<a>");
  EXPECT_EQ(scan("<title></title>"), "<title>|</title>");
}

TEST(Scanner, ScriptsHideTheirContentInEveryState) {  // 13.2.5.4, 15 to 31
  EXPECT_EQ(scan("<script>'<a>'</script><b>"), "<script>|</script>|<b>");
  EXPECT_EQ(scan("<script><!-- <a> </script><b>"), "<script>|</script>|<b>");
  EXPECT_EQ(scan("<script><!-- <script> </script> <a> --></script><b>"), "<script>|</script>|<b>");
  EXPECT_EQ(scan("<script><!-- <script> </script> </script><b>"), "<script>|</script>|<b>");
  EXPECT_EQ(scan("<script><!-- <scriptx> </script><b>"), "<script>|</script>|<b>");
  EXPECT_EQ(scan("<script><!--><script></script><b>"), "<script>|</script>|<b>");
  EXPECT_EQ(scan("<script><!-- <script> --> </script><b>"), "<script>|</script>|<b>");
  EXPECT_EQ(scan("<script></scriptx></SCRIPT ><b>"), "<script>|</script>|<b>");
  EXPECT_EQ(scan("<script><!-- <script> never closed twice </script><b>"), "<script>");
}

TEST(Scanner, PlaintextIsTheEnd) { EXPECT_EQ(scan("<plaintext><a></plaintext>"), "<plaintext>"); }

TEST(Scanner, NoscriptIsMarkup) { EXPECT_EQ(scan("<noscript><a></noscript>"), "<noscript>|<a>|</noscript>"); }

TEST(Scanner, HtmlTagsLeaveForeignContent) {  // 13.2.6.5
  EXPECT_EQ(scan("<svg><p><script>'<a href=x>'</script>"), "<svg>|<p>|<script>|</script>");
  EXPECT_EQ(scan("<svg><font><style><a>"), "<svg>|<font>|<style>|<a>");
  EXPECT_EQ(scan("<svg><font Color=red><style><a></style>"), "<svg>|<font Color=red>|<style>|</style>");
  EXPECT_EQ(scan("<math></p><style><a></style>"), "<math>|</p>|<style>|</style>");
}

TEST(Scanner, IntegrationPointsHoldHtml) {  // 13.2.6
  EXPECT_EQ(scan("<svg><foreignObject><p><style><a></style></foreignObject><style><a>"),
            "<svg>|<foreignobject>|<p>|<style>|</style>|</foreignobject>|<style>|<a>");
  EXPECT_EQ(scan("<math><mtext><style><a></style></mtext><style><a>"), "<math>|<mtext>|<style>|</style>|</mtext>|<style>|<a>");
  EXPECT_EQ(scan("<math><annotation-xml encoding=Text/HTML><style><a></style>"), "<math>|<annotation-xml encoding=Text/HTML>|<style>|</style>");
  EXPECT_EQ(scan("<math><annotation-xml><style><a>"), "<math>|<annotation-xml>|<style>|<a>");
}

TEST(Scanner, FloodsStayLinear) {
  const auto begin = std::chrono::steady_clock::now();
  for (const char* piece : {"<", "</", "<!--", "<a ", "<a b='", "<script>", "<!-- -- ", "<svg>", "<svg><foreignObject>", "</title>", "&", "<title>", "--"}) {
    std::string flood;
    while (flood.size() < 1'000'000) flood += piece;
    scan(flood);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST(Scanner, AttributeFloodIsCut) {
  std::string tag = "<a href=x ";
  for (int i = 0; i < 100'000; ++i) tag += "a" + std::to_string(i) + " ";
  tag += '>';
  scanner s(tag);
  token t;
  ASSERT_TRUE(s.next(t));
  EXPECT_LE(t.attributes.size(), 1000U);
  EXPECT_EQ(t.attribute_value("href"), "x");
}

}  // namespace
}  // namespace trawl::html
