// WHATWG MIME Sniffing: the tables of 7.1, 6.1, 6.2 and 6.4, row by row.
#include "crawler/html/type_sniffing.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace trawl::html {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

std::string_view guessed(std::string_view bytes) { return sniffed_type(bytes, true); }

// 7.1, step 1: "The case-insensitive string … followed by a tag-terminating byte", 0x20 or 0x3E; whitespace bytes ahead of it are ignored.
TEST(TypeSniffing, KnowsTheTagsOfHtml) {
  for (const std::string tag : {"<!DOCTYPE HTML", "<HTML", "<HEAD", "<SCRIPT", "<IFRAME", "<H1", "<DIV", "<FONT", "<TABLE", "<A", "<STYLE", "<TITLE", "<B", "<BODY", "<BR", "<P", "<!--"}) {
    std::string small = tag;
    for (char& c : small)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    for (const std::string& written : {tag, small}) {
      EXPECT_EQ(guessed(written + ">"), "text/html") << written;
      EXPECT_EQ(guessed("\t\n\f\r " + written + " x"), "text/html") << written;
      EXPECT_EQ(guessed(written), "text/plain") << written << " at the end";
      EXPECT_EQ(guessed(written + "\n>"), "text/plain") << written << " and a line's end";
      EXPECT_EQ(guessed(written + "/>"), "text/plain") << written;
      EXPECT_EQ(guessed("x" + written + ">"), "text/plain") << written;
    }
  }
  EXPECT_EQ(guessed("<main>"), "text/plain");
  EXPECT_EQ(guessed("<abbr>"), "text/plain");
}

// 7.1, step 1: "<?xml" behind whitespace, in this case only; "%PDF-" at the very beginning.
TEST(TypeSniffing, KnowsXmlAndPdf) {
  EXPECT_EQ(guessed("<?xml version='1.0'?>"), "text/xml");
  EXPECT_EQ(guessed(" \n<?xml"), "text/xml");
  EXPECT_EQ(guessed("<?XML "), "text/plain");
  EXPECT_EQ(guessed("%PDF-1.7"), "application/pdf");
  EXPECT_EQ(guessed(" %PDF-1.7"), "text/plain");
}

// 7.1, steps 2 to 5. Other bytes may stand where a mask is 00.
TEST(TypeSniffing, KnowsTheOtherSignatures) {
  const std::vector<std::pair<std::string, std::string>> rows{
      {"%!PS-Adobe-", "application/postscript"}, {"\xFE\xFF\x00""a"s, "text/plain"}, {"\xFF\xFE""a\x00"s, "text/plain"}, {"\xEF\xBB\xBF""a"s, "text/plain"},
      {"\x00\x00\x01\x00"s, "image/x-icon"}, {"\x00\x00\x02\x00"s, "image/x-icon"}, {"BM", "image/bmp"}, {"GIF87a", "image/gif"}, {"GIF89a", "image/gif"},
      {"RIFF\x01\x02\x03\x04WEBPVP", "image/webp"}, {"\x89PNG\r\n\x1A\n", "image/png"}, {"\xFF\xD8\xFF", "image/jpeg"}, {"FORM\x01\x02\x03\x04""AIFF", "audio/aiff"},
      {"ID3", "audio/mpeg"}, {"OggS\x00"s, "application/ogg"}, {"MThd\x00\x00\x00\x06"s, "audio/midi"}, {"RIFF\x01\x02\x03\x04""AVI ", "video/avi"},
      {"RIFF\x01\x02\x03\x04WAVE", "audio/wave"}, {"\x1F\x8B\x08", "application/x-gzip"}, {"PK\x03\x04", "application/zip"}, {"Rar \x1A\x07\x00"s, "application/x-rar-compressed"}};
  for (const auto& [bytes, type] : rows) {
    EXPECT_EQ(guessed(bytes), type) << type;
    EXPECT_EQ(guessed(bytes + "\x01 and more"), type) << type;
    EXPECT_EQ(sniffed_type(bytes, false), type) << type;
    EXPECT_NE(guessed(" " + bytes + "\x01"), type) << type << " is not at the beginning";
  }
  EXPECT_EQ(guessed("\xEF\xBB\xBF<!doctype html>"), "text/plain");  // as the order of the steps has it
  EXPECT_EQ(guessed("\xEF\xBB\xBF\x01"), "text/plain");
}

// 7.1, steps 6 and 7, and 3: a binary data byte is 00 to 08, 0B, 0E to 1A, or 1C to 1F.
TEST(TypeSniffing, BinaryBytesAreNoText) {
  for (int byte = 0; byte < 256; ++byte) {
    const bool is_binary = byte <= 0x08 || byte == 0x0B || (byte >= 0x0E && byte <= 0x1A) || (byte >= 0x1C && byte <= 0x1F);
    EXPECT_EQ(guessed("text "s + static_cast<char>(byte)), is_binary ? "application/octet-stream" : "text/plain") << byte;
  }
  EXPECT_EQ(guessed(""), "text/plain");
}

// 5.2: the resource header is 1445 bytes.
TEST(TypeSniffing, LooksAtTheResourceHeaderOnly) {
  EXPECT_EQ(guessed(std::string(1440, 'x') + "xxxx\x01"), "application/octet-stream");
  EXPECT_EQ(guessed(std::string(1445, 'x') + "\x01"), "text/plain");
  EXPECT_EQ(guessed(std::string(1441, ' ') + "<p> "), "text/html");
  EXPECT_EQ(guessed(std::string(1442, ' ') + "<p> "), "text/html");
  EXPECT_EQ(guessed(std::string(1443, ' ') + "<p> "), "text/plain");
}

// 7.1: without the sniff-scriptable flag the first step is left out.
TEST(TypeSniffing, GuessesNothingScriptableWhereThatIsForbidden) {
  EXPECT_EQ(sniffed_type("<!doctype html>", false), "text/plain");
  EXPECT_EQ(sniffed_type("<?xml ?>", false), "text/plain");
  EXPECT_EQ(sniffed_type("%PDF-1.7", false), "text/plain");
}

// 4.4, "parse a MIME type", as far as the essence goes.
TEST(TypeSniffing, EssenceIsWhatIsAMimeType) {
  EXPECT_EQ(essence_of(" Text/HTML ; charset=utf-8"), "Text/HTML");
  EXPECT_EQ(essence_of("a!#$&-^_.+*'`|~%/b0"), "a!#$&-^_.+*'`|~%/b0");
  for (const std::string_view none : {""sv, "text"sv, "text/"sv, "/html"sv, "te xt/html"sv, "text/ht ml"sv, "text/html/x"sv, "t\xC3\xA4/x"sv, ";text/html"sv, "text/html,text/plain"sv}) EXPECT_EQ(essence_of(none), "") << none;
}

// 7, step 2.
TEST(TypeSniffing, SomeTypesSayNothing) {
  for (const char* nothing : {"", "*/*", "unknown/unknown", "Unknown/UNKNOWN", "application/unknown"}) EXPECT_TRUE(is_unknown(nothing)) << nothing;
  for (const char* said : {"text/plain", "application/octet-stream", "text/*"}) EXPECT_FALSE(is_unknown(said)) << said;
}

}  // namespace
}  // namespace trawl::html
