// Which encoding a page is in (HTML Standard, 13.2.3.2; Encoding Standard, 4.2): the order of the signs, and what they name.
#include "crawler/html/charset.hpp"

#include <gtest/gtest.h>

namespace trawl::html {
namespace {

struct page {
  std::string charset, text;
};

page read(std::string_view bytes, std::string_view content_type = "text/html") {
  decoded d;
  decode(bytes, content_type, d);
  return {d.charset, std::string(d.text)};
}

constexpr std::string_view e_acute = "caf\xE9";

TEST(CharsetSniffing, ByteOrderMarkWinsOverAll) {
  EXPECT_EQ(read("\xEF\xBB\xBF<meta charset=koi8-r>\xC3\xA9", "text/html; charset=iso-8859-5").charset, "utf-8");
  const page le = read(std::string("\xFF\xFE" "a\0\xE9\0", 6), "text/html; charset=utf-8");
  EXPECT_EQ(le.charset, "utf-16le");
  EXPECT_EQ(le.text, "a\xC3\xA9");
  EXPECT_EQ(read(std::string("\xFE\xFF\0a", 4)).text, "a");
}

TEST(CharsetSniffing, ContentTypeWinsOverMeta) {
  const page p = read("<meta charset=koi8-r>" + std::string(e_acute), "text/html; charset=ISO-8859-1");
  EXPECT_EQ(p.charset, "windows-1252");
  EXPECT_TRUE(p.text.ends_with("caf\xC3\xA9"));
}

TEST(CharsetSniffing, ContentTypeIsReadLeniently) {
  for (const char* type : {"text/html;charset=koi8-r", "text/html; CHARSET = \"koi8-r\"", "text/html; a=b; charset='koi8-r'; c=d"}) EXPECT_EQ(read("\xC1", type).charset, "koi8-r") << type;
  EXPECT_EQ(read("<meta charset=koi8-r>\xC1", "text/html; charset=nonsense").charset, "koi8-r");
}

TEST(CharsetSniffing, MetaInEachForm) {
  for (const char* meta : {"<meta charset=windows-1251>", "<META CHARSET='Windows-1251'>", "<meta http-equiv=Content-Type content='text/html; charset=cp1251'>"})
    EXPECT_EQ(read(std::string(meta) + "\xE9").charset, "windows-1251") << meta;
  EXPECT_EQ(read("<!-- <meta charset=koi8-r> --><meta charset=windows-1251>\xE9").charset, "windows-1251");
  EXPECT_EQ(read("<meta name=x content='charset=koi8-r'><meta charset=windows-1251>\xE9").charset, "windows-1251");
}

TEST(CharsetSniffing, MetaInAnyCase) {
  for (const char* meta : {"<meta http-equiv=Content-Type content=\"text/html; CharSet=windows-1253\">", "<META HTTP-EQUIV=CONTENT-TYPE CONTENT='CHARSET=WINDOWS-1253'>", "<meta cHARSEt=windows-1253>",
                           "<mEtA chaRset=Windows-1253>", "<meta x=ccharset charset=windows-1253>"})
    EXPECT_EQ(read(std::string(meta) + "\xE1").charset, "windows-1253") << meta;
  EXPECT_EQ(read("<meta char-set=windows-1253><meta charse").charset, "utf-8");
}

TEST(CharsetSniffing, MetaPastTheFirstKilobyteCountsToo) {
  EXPECT_EQ(read("<!--" + std::string(5000, 'x') + "--><meta charset=koi8-r>\xC1").charset, "koi8-r");
}

TEST(CharsetSniffing, MetaCannotNameUtf16) {
  EXPECT_EQ(read("<meta charset=utf-16>\xC3\xA9").charset, "utf-8");
  EXPECT_EQ(read("<meta charset=x-user-defined>\xE9").charset, "windows-1252");
}

TEST(CharsetSniffing, WithoutASignUtf8IfValid) {
  EXPECT_EQ(read("caf\xC3\xA9").charset, "utf-8");
  EXPECT_EQ(read("plain").charset, "utf-8");
  EXPECT_EQ(read("").charset, "utf-8");
}

TEST(CharsetSniffing, ElseDetectedOrWindows1252) {
  std::string french;  // windows-1252
  for (int i = 0; i < 40; ++i) french += "L'\xE9t\xE9 dernier, le gar\xE7on \xE0 c\xF4t\xE9 a mang\xE9 un g\xE2teau tr\xE8s sucr\xE9. ";
  EXPECT_EQ(read(french).charset, "windows-1252");
  EXPECT_TRUE(read(french).text.starts_with("L'\xC3\xA9t\xC3\xA9"));
  std::string russian;  // windows-1251
  for (int i = 0; i < 40; ++i) russian += "\xCF\xF0\xE8\xE2\xE5\xF2, \xEC\xE8\xF0! \xDD\xF2\xEE \xF2\xE5\xEA\xF1\xF2 \xED\xE0 \xF0\xF3\xF1\xF1\xEA\xEE\xEC. ";
  EXPECT_EQ(read(russian).charset, "windows-1251");
}

TEST(CharsetSniffing, InvalidBytesAreReplaced) {
  EXPECT_EQ(read("a\xC3(b", "text/html; charset=utf-8").text, "a\xEF\xBF\xBD(b");
  EXPECT_EQ(read("caf\xE9", "text/html; charset=utf-8").text, "caf\xEF\xBF\xBD");
}

TEST(CharsetSniffing, LabelsOfTheStandard) {
  for (const auto& [label, name] : std::vector<std::pair<const char*, const char*>>{
           {"utf8", "utf-8"}, {" UTF-8\n", "utf-8"}, {"ascii", "windows-1252"}, {"latin1", "windows-1252"}, {"ISO-8859-1", "windows-1252"}, {"iso-8859-2", "iso-8859-2"}, {"latin5", "windows-1254"},
           {"gb2312", "gbk"}, {"gb18030", "gb18030"}, {"big5", "big5"}, {"sjis", "shift_jis"}, {"euc-jp", "euc-jp"}, {"ks_c_5601-1987", "euc-kr"}, {"koi8-u", "koi8-u"}, {"utf-16", "utf-16le"},
           {"utf-16be", "utf-16be"}, {"macintosh", "macintosh"}, {"ibm866", "ibm866"}, {"windows-1250", "windows-1250"}, {"tis-620", "windows-874"}})
    EXPECT_EQ(encoding_of_label(label), name) << label;
  for (const char* none : {"", "nonsense", "utf-7", "utf-32"}) EXPECT_EQ(encoding_of_label(none), "") << none;
}

TEST(CharsetSniffing, LegacyEncodingsDecode) {
  EXPECT_EQ(read("\x93quoted\x94 \x80", "text/html; charset=latin1").text, "\xE2\x80\x9Cquoted\xE2\x80\x9D \xE2\x82\xAC");
  EXPECT_EQ(read("\x93\xFA\x96\x7B", "text/html; charset=shift_jis").text, "\xE6\x97\xA5\xE6\x9C\xAC");
  EXPECT_EQ(read("\xC6\xFC\xCB\xDC", "text/html; charset=euc-jp").text, "\xE6\x97\xA5\xE6\x9C\xAC");
  EXPECT_EQ(read("\xC4\xE3\xBA\xC3", "text/html; charset=gb2312").text, "\xE4\xBD\xA0\xE5\xA5\xBD");
  EXPECT_EQ(read("\xA7\x41\xA6\x6E", "text/html; charset=big5").text, "\xE4\xBD\xA0\xE5\xA5\xBD");
  EXPECT_EQ(read("\xBE\xC8\xB3\xE7", "text/html; charset=euc-kr").text, "\xEC\x95\x88\xEB\x85\x95");
}

TEST(CharsetSniffing, LongPagesDecodeWhole) {
  std::string bytes;
  for (int i = 0; i < 100'000; ++i) bytes += "\xE9 ";
  EXPECT_EQ(read(bytes, "text/html; charset=latin1").text.size(), 300'000U);
}

}  // namespace
}  // namespace trawl::html
