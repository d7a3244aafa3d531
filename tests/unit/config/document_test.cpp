#include "config/document/node.hpp"

#include <gmock/gmock.h>

#include "config/document/path.hpp"
#include "config/document/text.hpp"

namespace trawl::config {
namespace {

using ::testing::HasSubstr;

const auto here = std::make_shared<const origin>(origin{"f", trust::local});

std::expected<node, problem> yaml(std::string_view text) { return parse_document(text, format::yaml, here); }
std::expected<node, problem> json(std::string_view text) { return parse_document(text, format::json, here); }
std::string trouble(const std::expected<node, problem>& d) { return d ? "" : to_string(d.error()); }

TEST(Yaml, ValuesAndKeysKeepTheirPlaces) {
  const auto d = yaml("a: 1\nb:\n  - x\n  - {c: \"y\"}\n");
  ASSERT_TRUE(d) << trouble(d);
  EXPECT_EQ(d->find("a")->line, 1);
  EXPECT_EQ(d->find("a")->column, 4);
  const node& inner = d->find("b")->list[1];
  EXPECT_EQ(inner.line, 4);
  EXPECT_EQ(inner.table[0].column, 6);
  EXPECT_TRUE(inner.find("c")->quoted);
}

TEST(Yaml, TellsNullFromText) {
  const auto d = yaml("a: ~\nb: null\nc: \"null\"\nd:\ne: !!str null\n");
  ASSERT_TRUE(d);
  for (const char* key : {"a", "b", "d"}) EXPECT_EQ(d->find(key)->is, node::kind::null) << key;
  for (const char* key : {"c", "e"}) EXPECT_EQ(d->find(key)->is, node::kind::scalar) << key;
}

TEST(Yaml, AliasesAreCopiesThatCount) {
  const auto d = yaml("a: &x [1, 2]\nb: *x\n");
  ASSERT_TRUE(d);
  EXPECT_EQ(*d->find("a"), *d->find("b"));
  EXPECT_EQ(d->find("b")->line, 2);
  EXPECT_THAT(trouble(yaml("a: &x [*x]\n")), HasSubstr("alias"));
}

TEST(Yaml, WhatTheParserWouldKeepIsBounded) {
  EXPECT_THAT(trouble(yaml("a: &x " + std::string(1U << 20, 'x') + "\nb: [*x, *x, *x, *x, *x, *x, *x, *x, *x]\n")), HasSubstr("8 MiB of text"));
  EXPECT_TRUE(yaml("a: &x " + std::string(1U << 20, 'x') + "\nb: [*x, *x, *x, *x]\n"));
  std::string line = "a: [1";
  for (int i = 0; i < 250'000; ++i) line += ",1";
  EXPECT_THAT(trouble(yaml(line + "]\n")), HasSubstr("too full"));
  EXPECT_THAT(trouble(yaml("a: b\n%" + std::string(5000, 'x'))), HasSubstr("too full"));
  EXPECT_THAT(trouble(yaml(std::string((4U << 20) + 1, '#'))), HasSubstr("4 MiB"));
}

TEST(Yaml, BombsAreRefused) {
  EXPECT_THAT(trouble(yaml("a: " + std::string(40, '[') + std::string(40, ']'))), HasSubstr("32 levels"));
  EXPECT_THAT(trouble(yaml(std::string(100'000, '['))), HasSubstr("32 levels"));
  std::string laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + "," + before + "," + before + "," + before + "," + before + "," + before +
              "," + before + "]\n";
  }
  EXPECT_THAT(trouble(yaml(laughs)), HasSubstr("200,000 values"));
  EXPECT_THAT(trouble(yaml(std::string(largest_document + 1, ' '))), HasSubstr("8 MiB"));
}

TEST(Yaml, WhatIsNoSingleDocumentIsRefused) {
  EXPECT_THAT(trouble(yaml("a: 1\n---\nb: 2\n")), HasSubstr("second document"));
  EXPECT_EQ(trouble(yaml("---\na: 1\n...\n")), "");
  EXPECT_THAT(trouble(yaml("{a: 1} b\n")), HasSubstr("f:1:"));
  EXPECT_THAT(trouble(yaml("? [a]\n: 1\n")), HasSubstr("a key that is not a word"));
  EXPECT_THAT(trouble(yaml("? {a: 1}\n: 1\n")), HasSubstr("a key that is not a word"));
  EXPECT_THAT(trouble(yaml("a: !mine 1\n")), HasSubstr("tag"));
  EXPECT_THAT(trouble(yaml("a: [1\nb: 2\n")), HasSubstr("not YAML"));
}

TEST(Yaml, EmptyIsNull) {
  for (const char* text : {"", "\n", "# nothing\n", "---\n"}) {
    const auto d = yaml(text);
    ASSERT_TRUE(d) << text << trouble(d);
    EXPECT_EQ(d->is, node::kind::null);
  }
}

TEST(Document, MarksLineEndsAndEncodings) {
  EXPECT_EQ(yaml("\xEF\xBB\xBF"
                 "a: 1\r\nb: 2\r\n")
                ->find("b")
                ->text,
            "2");
  EXPECT_EQ(trouble(yaml("a: 1\nb: \xFF\n")), "f:2:4: not UTF-8");
  EXPECT_EQ(trouble(yaml(std::string_view("a: \0", 4))), "f:1:4: a control character; a document is text");
  EXPECT_THAT(trouble(yaml("a: \x1b[2J\n")), HasSubstr("control character"));
  EXPECT_THAT(trouble(yaml("\xFF\xFE"
                           "a")),
              HasSubstr("not UTF-8"));
  // RFC 3629, 3: no surrogates, no overlong forms, nothing above U+10FFFF.
  for (const char* bad : {"\xED\xA0\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xF4\x90\x80\x80", "\xF0\x9F\x98"})
    EXPECT_THAT(trouble(yaml(bad)), HasSubstr("not UTF-8"));
  EXPECT_EQ(trouble(yaml("a: \xF0\x9F\x98\x80\n")), "");
}

TEST(Json, ReadsTheWholeGrammar) {
  const auto d = json("{\t\"a\": [1, -0.5e+3, true, null],\r\n \"b\\u00e9\\ud83d\\ude00\\n\": \"\\/\"}\n");
  ASSERT_TRUE(d) << trouble(d);
  EXPECT_EQ(d->find("a")->list[1].text, "-0.5e+3");
  EXPECT_EQ(d->find("a")->list[3].is, node::kind::null);
  EXPECT_EQ(d->table[1].first, "b\xC3\xA9\xF0\x9F\x98\x80\n");
  EXPECT_EQ(d->table[1].second.line, 2);
  EXPECT_EQ(d->table[1].column, 2);
}

TEST(Json, WhatIsNoneIsRefusedWithItsPlace) {
  EXPECT_EQ(trouble(json("{\"a\": 1}\n x")), "f:2:2: not JSON: text behind the end of the document");
  EXPECT_EQ(trouble(json("{a: 1}")), "f:1:2: not JSON: expected a key in double quotes");
  EXPECT_EQ(trouble(json("{\"a\" 1}")), "f:1:6: not JSON: expected ':' behind the key");
  EXPECT_THAT(trouble(json("[yes]")), HasSubstr("text stands in double quotes"));
  for (const char* bad : {"", "[1,]", "[01]", "[1.]", "[.5]", "[1e]", "[+1]", "[-]", "\"a", "\"\t\"", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"",
                          "\"\\ud800\\u0041\"", "\"\\udc00\"", "{\"a\":1,}", "[NaN]", "nul", "{\"a\":1 \"b\":2}"})
    EXPECT_NE(trouble(json(bad)), "") << bad;
  EXPECT_THAT(trouble(json(std::string(100'000, '['))), HasSubstr("32 levels"));
}

TEST(Path, ReadsNamesEntriesAndQuotes) {
  const auto steps = parse_path("fetch.resolve.\"example.org\"[2]");
  ASSERT_TRUE(steps);
  EXPECT_EQ(steps->at(2).name, "example.org");
  EXPECT_EQ(steps->at(3).index, 2U);
  for (const char* bad : {"", ".", "a.", "a..b", ".a", "a[", "a[x]", "a[1", "a[-1]", "\"a", "a[99999999999999999999]", "\"a\"b"})
    EXPECT_FALSE(parse_path(bad)) << bad;
  EXPECT_EQ(member_path("fetch.resolve", "example.org"), "fetch.resolve.\"example.org\"");
}

TEST(Text, HidesUserinfoAndSecrets) {
  EXPECT_EQ(without_secrets("see http://u:p@h/x, https://h/a@b"), "see http://***@h/x, https://h/a@b");
  EXPECT_EQ(without_secrets("u@v@h"), "u@v@h");
  const std::vector<std::string> secrets = {"s3cret", ""};
  EXPECT_EQ(without_secrets("a s3crets3cret b", secrets), "a ****** b");
  EXPECT_EQ(without_secrets("//u@h//v@h"), "//***@h//***@h");
}

TEST(Text, IsPrintableAndShort) {
  EXPECT_EQ(printable("a\x1b[2J\n\xC2\x9B"
                      "b\xC3\xA9"),
            "a\\x1b[2J\\x0a\\u009bb\xC3\xA9");
  EXPECT_EQ(shortened("ab\xC3\xA9", 3), "ab…");
  EXPECT_EQ(shortened("abc", 3), "abc");
}

}  // namespace
}  // namespace trawl::config
