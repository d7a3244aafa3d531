// What the decoders of the Encoding Standard make of bytes that are no character, and where converters of other makers differ from it.
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "crawler/html/charset/decoder.hpp"

namespace trawl::html {
namespace {

using namespace std::string_view_literals;

#define ERR "\xEF\xBF\xBD"

struct sample {
  std::string_view encoding, bytes, text;
};

void expect_decoded(std::initializer_list<sample> samples) {
  for (const auto& [encoding, bytes, text] : samples) {
    std::string out;
    append_decoded(out, bytes, encoding);
    EXPECT_EQ(out, text) << encoding << " " << testing::PrintToString(bytes);
  }
}

TEST(WhatwgEncoding, SingleBytesWithoutAnIndexRowAreErrors) {  // 9.1.1: "If code point is null, then return error."
  expect_decoded({{"windows-874", "\xDA\xDB\xDE\xDF\xFC\xFF", "ฺ" ERR ERR "฿" ERR ERR},
                  {"windows-1253", "\xA9\xAA\xD2\xFF", "©" ERR ERR ERR},
                  {"windows-1255", "\xCA\xD9\xFB", "\u05BA" ERR ERR},
                  {"windows-1257", "\xA1\xA5", ERR ERR},
                  {"iso-8859-6", "\xA1\xAC", ERR "،"},
                  {"iso-8859-8-i", "\xA1\xE0\xFF", ERR "א" ERR},
                  {"koi8-u", "\xAE\xBE", "ўЎ"}});
}

TEST(WhatwgEncoding, SingleBytesOfC1StayControls) {  // the indexes of 9 hold them: bytes that Windows left free
  expect_decoded({{"windows-1252", "\x81\x8D\x8F\x90\x9D", "\xC2\x81\xC2\x8D\xC2\x8F\xC2\x90\xC2\x9D"}, {"windows-874", "\x81", "\xC2\x81"}, {"iso-8859-2", "\x9F", "\xC2\x9F"}});
}

TEST(WhatwgEncoding, AnAsciiTrailIsRestored) {  // 11.1.1, 12.1.1, 12.3.1, 13.1.1, 10.2.1: "If byte is an ASCII byte, restore byte to ioQueue."
  expect_decoded({{"shift_jis", "\x81\x3C" "b>", ERR "<b>"},
                  {"big5", "\x81<\x81@\xA1\x3F", ERR "<" ERR "@" ERR "?"},
                  {"euc-jp", "\xA4<\x8F<\x8F\xA1<\x8E<", ERR "<" ERR "<" ERR "<" ERR "<"},
                  {"euc-kr", "\x81<\xC9\x41\xFE\x41", ERR "<" ERR "A" ERR "A"},
                  {"gbk", "\x81<\x81\x7F", ERR "<" ERR "\x7F"}});
}

TEST(WhatwgEncoding, ATrailThatIsNoAsciiIsSwallowed) {
  expect_decoded({{"shift_jis", "\x81\xFD" "a", ERR "a"},
                  {"big5", "\x81\x80" "a\x81\xFF", ERR "a" ERR},
                  {"euc-jp", "\xA4\x80" "a\x8F\xA1\x80" "a\x8E\xE0", ERR "a" ERR "a" ERR},
                  {"euc-kr", "\xC9\xA1" "a\xFE\xFF", ERR "a" ERR},
                  {"gbk", "\x81\xFF" "a", ERR "a"}});
}

TEST(WhatwgEncoding, BytesThatLeadNothing) {
  expect_decoded({{"shift_jis", "\xA0\xFD\xFE\xFF\x80", ERR ERR ERR ERR "\xC2\x80"},  // 12.3.1: "If byte is an ASCII byte or 0x80, then return a code point whose value is byte."
                  {"euc-jp", "\x80\x90\xA0\xFF", ERR ERR ERR ERR},
                  {"euc-kr", "\x80\xFF", ERR ERR},
                  {"big5", "\x80\xFF", ERR ERR},
                  {"gbk", "\x80\xFF", "€" ERR},  // 10.2.1: "If byte is 0x80, then return code point U+20AC (€)."
                  {"gb18030", "\x80\xFF", "€" ERR}});
}

TEST(WhatwgEncoding, AnInputThatEndsWithinACharacterIsOneError) {  // "If byte is end-of-queue and lead is not 0x00, then set lead to 0x00, and return error."
  expect_decoded({{"shift_jis", "a\x81", "a" ERR},
                  {"big5", "\xA4", ERR},
                  {"euc-jp", "\x8F\xA1", ERR},
                  {"euc-kr", "\xB0", ERR},
                  {"gb18030", "\x81\x30\x81", ERR},
                  {"gb18030", "\x81\x30", ERR},
                  {"iso-2022-jp", "\x1B$BF", ERR},
                  {"iso-2022-jp", "\x1B", ERR},
                  {"iso-2022-jp", "\x1B$", ERR "$"},
                  {"utf-16le", "a\0\x3D\xD8\x00"sv, "a" ERR}});
}

TEST(WhatwgEncoding, Big5HasPairsOfTwoCodePoints) {  // 11.1.1: the table of pointers 1133, 1135, 1164, 1166
  expect_decoded({{"big5", "\x88\x62\x88\x64\x88\xA3\x88\xA5", "\u00CA\u0304\u00CA\u030C\u00EA\u0304\u00EA\u030C"}, {"big5", "\x88\x40\xA1\x5A\x87\x40\x8E\x69", "㇀╴䏰箸"}});
}

TEST(WhatwgEncoding, Gb18030FourBytes) {
  expect_decoded({{"gb18030", "\x81\x30\x81\x30\x90\x30\x81\x30\xE3\x32\x9A\x35", "\u0080\U00010000\U0010FFFF"},
                  {"gb18030", "\x84\x31\xA4\x39\x84\x31\xA5\x30\xE3\x32\x9A\x36", "\uFFFF" ERR ERR},  // 5: "If pointer is greater than 39419 and less than 189000, or …, return null."
                  {"gb18030", "\x81\x35\xF4\x37\xA8\xBC", "\uE7C7\u1E3F"},                              // 5: "If pointer is 7457, return code point U+E7C7."
                  {"gb18030", "\x81\x30" "a\x81\x30\x81" "a\x81\x30\xFF", ERR "0a" ERR "0乤" ERR "0" ERR},
                  {"gb18030", "\xA3\xA0\xA6\xD9\xFE\x59", "\u3000\uFE10\u9FB4"}});
}

TEST(WhatwgEncoding, ShiftJisHasTheRowsOfUsers) {  // 12.3.1: "If pointer is in the range 8836 to 10715, inclusive, return a code point whose value is 0xE000 - 8836 + pointer."
  expect_decoded({{"shift_jis", "\xF0\x40\xF9\xFC\xB1\xFA\x40\x5C\x7E", "\uE000\uE757ｱⅰ\\~"}});
}

TEST(WhatwgEncoding, Iso2022JpSwitches) {
  expect_decoded({{"iso-2022-jp", "\x1B(J\\~\x1B(I1\x1B$@F|\x1B(B\\", "¥‾ｱ日\\"},
                  {"iso-2022-jp", "\x1B(J\x1B(Ba", ERR "a"},            // 12.2.1, escape: "If output is false, then return continue; otherwise error", no text between two switches
                  {"iso-2022-jp", "\x1B(X\x1B$Q", ERR "(X" ERR "$Q"},  // escape: "Restore « lead, byte » to ioQueue"
                  {"iso-2022-jp", "\x1B$BF\nF|\xFF\x80" "F\x1B(Ba", ERR "日" ERR ERR ERR "a"},
                  {"iso-2022-jp", "\x0E\x0F\x80\x1B(I\x60", ERR ERR ERR ERR}});
}

TEST(WhatwgEncoding, Utf16Surrogates) {  // 14.2.1
  expect_decoded({{"utf-16be", "\xD8\x3D\xDE\x00\xDE\x00\xD8\x3D\0a"sv, "\U0001F600" ERR ERR "a"},
                  {"utf-16le", "\x3D\xD8\x3D\xD8\x00\xDE\xFE\xFF"sv, ERR "\U0001F600\uFFFE"},
                  {"utf-16le", "\x3D\xD8"sv, ERR}});
}

TEST(WhatwgEncoding, ReplacementIsOneErrorAndUserDefinedPrivate) {  // 14.1.1, 14.5.1
  expect_decoded({{"replacement", "<script>", ERR}, {"replacement", "", ""}, {"x-user-defined", "a\x80\xFF", "a\uF780\uF7FF"}});
}

/// Blocks of the sink, and of eight bytes in a run of ASCII, end anywhere.
TEST(WhatwgEncoding, TextsOfAnyLength) {
  for (const std::size_t size : {0, 1, 7, 8, 9, 4090, 4095, 4096, 4097, 9000})
    for (const std::string_view gap : {""sv, "\x93\xFA"sv}) {
      std::string bytes(size, 'a'), text = bytes, out;
      ((bytes += gap) += bytes) += gap;
      ((text += gap.empty() ? "" : "日") += text) += gap.empty() ? "" : "日";
      append_decoded(out, bytes, "shift_jis");
      EXPECT_EQ(out, text) << size;
    }
}

TEST(WhatwgEncoding, IndexesAreMadeOnceByManyThreads) {
  std::vector<std::string> texts(8);
  {
    std::vector<std::jthread> threads;
    for (std::string& text : texts) threads.emplace_back([&text] { append_decoded(text, "\xB0\xA1", "euc-kr"); });
  }
  for (const std::string& text : texts) EXPECT_EQ(text, "가");
}

}  // namespace
}  // namespace trawl::html
