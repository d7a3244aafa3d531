#include "crawler/html/charset.hpp"

#include <gtest/gtest.h>

namespace trawl::html {
namespace {

struct read {
  std::string charset, text;
  friend bool operator==(const read&, const read&) = default;
  friend std::ostream& operator<<(std::ostream& to, const read& r) { return to << r.charset << ": " << r.text; }
};

read decoded_as(std::string_view bytes, std::string_view type = "") {
  decoded out;
  decode(bytes, type, out);
  return {out.charset, std::string(out.text)};
}

TEST(Charset, LabelsOfTheStandard) {  // Encoding Standard, 4.2
  EXPECT_EQ(encoding_of_label(" UTF8\n"), "utf-8");
  EXPECT_EQ(encoding_of_label("latin1"), "windows-1252");
  EXPECT_EQ(encoding_of_label("logical"), "iso-8859-8-i");
  EXPECT_EQ(encoding_of_label("x-x-big5"), "big5");
  EXPECT_EQ(encoding_of_label("iso_8859-9:1989"), "windows-1254");
  EXPECT_EQ(encoding_of_label("hz-gb-2312"), "replacement");
  for (const char* none : {"", "utf 8", "utf-8\"", "utf-32", "latin", "8859"}) EXPECT_EQ(encoding_of_label(none), "") << none;
}

TEST(Charset, TheOrderIsBomHeaderMetaValidityDetection) {
  EXPECT_EQ(decoded_as("\xEF\xBB\xBFé", "text/html; charset=koi8-r"), (read{"utf-8", "é"}));
  EXPECT_EQ(decoded_as("<meta charset=koi8-r>\xE9", "text/html; charset=\"ISO-8859-1\""), (read{"windows-1252", "<meta charset=koi8-r>é"}));
  EXPECT_EQ(decoded_as("<meta charset=iso-8859-2>\xB1"), (read{"iso-8859-2", "<meta charset=iso-8859-2>ą"}));
  EXPECT_EQ(decoded_as("é"), (read{"utf-8", "é"}));
  EXPECT_EQ(decoded_as("<p>Les \xE9l\xE8ves fran\xE7" "ais \xE9taient tr\xE8s \xE9tonn\xE9s de la c\xE9l\xE9" "brit\xE9 de cet \xE9v\xE9nement \xE0 l'\xE9tranger.").charset, "windows-1252");
}

TEST(Charset, MetaLateInQuotesOrAsHttpEquiv) {
  const std::string far = "<!--" + std::string(5000, 'x') + "-->";
  EXPECT_EQ(decoded_as(far + "<meta charset='windows-1251'>\xE9").charset, "windows-1251");
  EXPECT_EQ(decoded_as("<meta http-equiv=Content-Type content='text/html; charset = \"shift_jis\"'>").charset, "shift_jis");
  EXPECT_EQ(decoded_as("<meta http-equiv='Content-Type ' content='charset=koi8-r'>").charset, "utf-8");
  EXPECT_EQ(decoded_as("<meta content='charset=koi8-r'>").charset, "utf-8");
  EXPECT_EQ(decoded_as("<meta charset=utf-16>x").charset, "utf-8");  // HTML Standard, 13.2.3.2
  EXPECT_EQ(decoded_as("<!-- <meta charset=koi8-r> -->x").charset, "utf-8");
}

TEST(Charset, InvalidBytesBecomeReplacementCharacters) {
  EXPECT_EQ(decoded_as("a\xFF" "b\xC3", "text/html;charset=utf-8").text, "a\xEF\xBF\xBD" "b\xEF\xBF\xBD");
  EXPECT_EQ(decoded_as("\xF0\x82\x82\xAC", "text/html;charset=utf-8").text, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // overlong
  EXPECT_EQ(decoded_as(std::string_view("\xFF\xFEh\0\0\xD8i\0x", 9)).text, "h\xEF\xBF\xBDi\xEF\xBF\xBD");  // a lone surrogate, half a unit
}

TEST(Charset, EveryEncodingReadsItsOwnBytes) {
  struct sample {
    const char *label, *bytes, *text;
  };
  for (const auto& [label, bytes, text] : {sample{"ibm866", "\x80", "А"}, {"iso-8859-3", "\xA1", "Ħ"}, {"iso-8859-4", "\xA3", "Ŗ"}, {"iso-8859-5", "\xB0", "А"}, {"iso-8859-6", "\xC7", "ا"},
                                           {"iso-8859-7", "\xC1", "Α"}, {"iso-8859-8", "\xE0", "א"}, {"logical", "\xE0", "א"}, {"iso-8859-10", "\xA1", "Ą"}, {"iso-8859-13", "\xC0", "Ą"},
                                           {"iso-8859-14", "\xA1", "Ḃ"}, {"iso-8859-15", "\xA4", "€"}, {"iso-8859-16", "\xA1", "Ą"}, {"koi8-r", "\xC1", "а"}, {"koi8-u", "\xA4", "є"}, {"mac", "\x8E", "é"},
                                           {"windows-874", "\xA1", "ก"}, {"windows-1250", "\x8A", "Š"}, {"windows-1251", "\xC0", "А"}, {"windows-1252", "\x80\x81", "€\xC2\x81"}, {"windows-1253", "\xC1", "Α"},
                                           {"windows-1254", "\xFD", "ı"}, {"windows-1255", "\xE0", "א"}, {"windows-1256", "\xC7", "ا"}, {"windows-1257", "\xC0", "Ą"}, {"windows-1258", "\xD0", "Đ"},
                                           {"x-mac-cyrillic", "\x80", "А"}, {"gb2312", "\xC4\xE3", "你"}, {"gb18030", "\x81\x30\x81\x30", "\xC2\x80"}, {"big5", "\xA7\x41", "你"}, {"euc-jp", "\xC6\xFC", "日"},
                                           {"iso-2022-jp", "\x1B$BF|\x1B(B", "日"}, {"sjis", "\x93\xFA", "日"}, {"euc-kr", "\xB0\xA1", "가"}, {"x-user-defined", "\x80", "\xEF\x9E\x80"}, {"replacement", "abc", "\xEF\xBF\xBD"}})
    EXPECT_EQ(decoded_as(bytes, std::string("text/html; charset=") + label).text, text) << label;
}

}  // namespace
}  // namespace trawl::html
