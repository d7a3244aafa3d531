// Each encoding of the Encoding Standard over every byte and pair, and over noise, as checksums of what the standard's own algorithms
// give: encoding_reference.py made them from the standard's indexes (those of 2024-09, with GB 18030-2022), and the same inputs gave the
// same text in encoding_rs 0.8.44, which is Firefox's decoder.
#include <gtest/gtest.h>

#include <cstdint>

#include "crawler/html/charset/decoder.hpp"

namespace trawl::html {
namespace {

struct sums {
  const char* encoding;
  std::uint64_t every_sequence, noise;
};
constexpr sums expected[] = {
    {"ibm866", 0x3B286DE71D5871C6, 0xF5E25BB4D66E6C81},
    {"iso-8859-2", 0xDEA23CDABC8D9D3E, 0x3571A9A72A536F99},
    {"iso-8859-3", 0xFBC8AE2D57FDD1D9, 0x702EF0D6C97BEFE0},
    {"iso-8859-4", 0xE8BE2597FD28D6DF, 0xD68B766737308FBC},
    {"iso-8859-5", 0x479AAEF87C4F6451, 0xD6B77B4A2A105122},
    {"iso-8859-6", 0x2F19E744C5B0B9AE, 0x58E026B5B2BF33AD},
    {"iso-8859-7", 0xEBCFE1E1AD64126D, 0xE30A3B8180482489},
    {"iso-8859-8", 0x09FE55013BC610C1, 0xB155DC4708E4A716},
    {"iso-8859-8-i", 0x09FE55013BC610C1, 0xB155DC4708E4A716},
    {"iso-8859-10", 0x34C26CEE9591C01B, 0x0D5024F4A771514D},
    {"iso-8859-13", 0xC7AAAEF7D4DA23ED, 0x36AFE406726D4E7C},
    {"iso-8859-14", 0x564969CF9004A41D, 0xB8A3B834DC90C83B},
    {"iso-8859-15", 0x9439DE9BCCC259AA, 0x66604BD751ABBAA6},
    {"iso-8859-16", 0xF227230452528BE0, 0x8AFA53EED2626A69},
    {"koi8-r", 0x325A7915583EAF0D, 0x5909506D84F6DDFC},
    {"koi8-u", 0x7243A9998396387D, 0xDEEFCCF5918DC79D},
    {"macintosh", 0x7DBFF21358A5C9E5, 0xCFE952F135753908},
    {"windows-874", 0xC38F30C4ED027D97, 0x7182AA8CF5E44E54},
    {"windows-1250", 0xEB27652C9CFF0D39, 0x830E3AB6AEECEC24},
    {"windows-1251", 0x27D8691F2DC08101, 0xD5EE37500408D190},
    {"windows-1252", 0x563E31DCE6564ADC, 0x60985522B810647E},
    {"windows-1253", 0x21180B06C8B78364, 0x6AB93D5AA0449BC7},
    {"windows-1254", 0x55D3E99CBCA8A7D0, 0xB31D0222D8BEEE8A},
    {"windows-1255", 0xCBA5D133B02B8273, 0x0579CFF86B493B6A},
    {"windows-1256", 0xDE9EE84615DCBF2F, 0x857AC2EBC83156F7},
    {"windows-1257", 0xAE789C9C659EA24E, 0x2245E12F9913B7DF},
    {"windows-1258", 0xCF514D67615FFEFB, 0x9782E22B241D9C83},
    {"x-mac-cyrillic", 0x2A2755FBA93B9B15, 0x6FC10F240CC5366E},
    {"gbk", 0x51EE3760AE93ABB2, 0xDA5F704FA5FC4742},
    {"gb18030", 0x51EE3760AE93ABB2, 0xDA5F704FA5FC4742},
    {"big5", 0x90EA1D26C65125B7, 0x036A60F8003A3C44},
    {"euc-jp", 0x986629315302DC29, 0xC4CE401FCEF8F3C5},
    {"iso-2022-jp", 0x2F38664E76A4A969, 0x1BBC2ED757E4BEA3},
    {"shift_jis", 0xDA022B20DD2ED766, 0x5D6561D16D9CA808},
    {"euc-kr", 0x4323D34D71325144, 0x36157D50C99C2427},
    {"utf-16be", 0x823AF7E538AE0AB2, 0xD8C35999F332EB4F},
    {"utf-16le", 0xE09E594B82AFBF70, 0x71FB65A50E899FC0},
    {"x-user-defined", 0xEA8DB414D86B5B25, 0xA3A78B9D0A30EBB6},
};

std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t total = 0xCBF29CE484222325;
  for (const char c : text) total = (total ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  return total;
}

std::string bytes_of(std::initializer_list<std::uint32_t> values) {
  std::string out;
  for (const std::uint32_t value : values) out += static_cast<char>(value);
  return out;
}

/// Each two bytes after `lead`, and a line feed.
void append_pairs(std::string& out, std::string_view lead) {
  for (std::uint32_t a = 0; a < 256; ++a)
    for (std::uint32_t b = 0; b < 256; ++b) (out += lead) += bytes_of({a, b, '\n'});
}

std::string every_pair() {
  std::string out;
  for (std::uint32_t a = 0; a < 256; ++a) out += static_cast<char>(a);
  append_pairs(out, "");
  return out;
}

/// The four-byte sequences of gb18030: all of the Basic Multilingual Plane, one in 487 of the others.
void append_fours(std::string& out) {
  for (std::uint32_t p = 0; p < 126 * 12600; p += p < 39500 ? 1 : 487) out += bytes_of({0x81 + p / 12600, 0x30 + p / 1260 % 10, 0x81 + p / 10 % 126, 0x30 + p % 10, '\n'});
}

std::string every_sequence(std::string_view encoding) {
  if (encoding == "iso-2022-jp") {
    std::string out;
    for (const char* escape : {"\x1B(B", "\x1B(J", "\x1B(I", "\x1B$@", "\x1B$B"}) (out += escape) += every_pair();
    return out;
  }
  std::string out = every_pair();
  if (encoding == "euc-jp") append_pairs(out, "\x8F");
  if (encoding == "gbk" || encoding == "gb18030") append_fours(out);
  return out;
}

/// Half of it bytes that mean something to one encoding or another, half any.
std::string noise() {
  constexpr unsigned char odd[] = {0x1B, 0x24, 0x42, 0x40, 0x28, 0x4A, 0x49, 0x42, 0x30, 0x39, 0x81, 0xFE, 0x8E, 0x8F, 0xA0, 0xA1,
                                   0x80, 0xFF, 0x7F, 0x41, 0xFC, 0xE0, 0xDF, 0x0A, 0x88, 0x62, 0xDC, 0xD8, 0xC9, 0xFD, 0x3C, 0x0E};
  std::string out;
  std::uint64_t state = 1;
  for (int i = 0; i < 32768; ++i) {
    state = state * 6364136223846793005 + 1442695040888963407;
    const std::uint64_t byte = state >> 56;
    out += static_cast<char>((state >> 55 & 1) != 0 ? odd[byte % std::size(odd)] : byte);
  }
  return out;
}

std::string decoded_from(std::string_view bytes, std::string_view encoding) {
  std::string out;
  append_decoded(out, bytes, encoding);
  return out;
}

TEST(WhatwgEncoding, EverySequenceOfEveryEncoding) {
  for (const sums& row : expected) EXPECT_EQ(fnv1a(decoded_from(every_sequence(row.encoding), row.encoding)), row.every_sequence) << row.encoding;
}

TEST(WhatwgEncoding, NoiseInEveryEncoding) {
  for (const sums& row : expected) EXPECT_EQ(fnv1a(decoded_from(noise(), row.encoding)), row.noise) << row.encoding;
}

}  // namespace
}  // namespace trawl::html
