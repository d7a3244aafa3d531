#include "crawler/html/type_sniffing.hpp"

#include <algorithm>
#include <array>

#include "crawler/html/ascii.hpp"

namespace trawl::html {
namespace {

using namespace std::string_view_literals;

/// The beginnings of HTML, in lower case, each with a tag-terminating byte behind it.
constexpr std::array tags{"<!doctype html"sv, "<html"sv, "<head"sv, "<script"sv, "<iframe"sv, "<h1"sv, "<div"sv, "<font"sv, "<table"sv,
                          "<a"sv, "<style"sv, "<title"sv, "<b"sv, "<body"sv, "<br"sv, "<p"sv, "<!--"sv};

/// A beginning that tells the type; at '?' stands any byte, of which the patterns have none themselves.
struct signature {
  std::string_view pattern, type;
};

/// 7.1, step 2 (the byte order marks with any bytes behind them, as their masks have it), then 6.1, 6.2 and 6.4.
constexpr std::array signatures{
    signature{"%!PS-Adobe-"sv, "application/postscript"sv},
    signature{"\xFE\xFF??"sv, "text/plain"sv},
    signature{"\xFF\xFE??"sv, "text/plain"sv},
    signature{"\xEF\xBB\xBF?"sv, "text/plain"sv},
    signature{"\x00\x00\x01\x00"sv, "image/x-icon"sv},
    signature{"\x00\x00\x02\x00"sv, "image/x-icon"sv},
    signature{"BM"sv, "image/bmp"sv},
    signature{"GIF87a"sv, "image/gif"sv},
    signature{"GIF89a"sv, "image/gif"sv},
    signature{"RIFF????WEBPVP"sv, "image/webp"sv},
    signature{"\x89PNG\r\n\x1A\n"sv, "image/png"sv},
    signature{"\xFF\xD8\xFF"sv, "image/jpeg"sv},
    signature{"FORM????AIFF"sv, "audio/aiff"sv},
    signature{"ID3"sv, "audio/mpeg"sv},
    signature{"OggS\x00"sv, "application/ogg"sv},
    signature{"MThd\x00\x00\x00\x06"sv, "audio/midi"sv},
    signature{"RIFF????AVI "sv, "video/avi"sv},
    signature{"RIFF????WAVE"sv, "audio/wave"sv},
    signature{"\x1F\x8B\x08"sv, "application/x-gzip"sv},
    signature{"PK\x03\x04"sv, "application/zip"sv},
    signature{"Rar \x1A\x07\x00"sv, "application/x-rar-compressed"sv},
};

bool begins_like(std::string_view bytes, std::string_view pattern) noexcept {
  if (bytes.size() < pattern.size()) return false;
  return std::ranges::equal(bytes.substr(0, pattern.size()), pattern, [](char byte, char wanted) { return wanted == '?' || byte == wanted; });
}

bool begins_html(std::string_view bytes) noexcept {
  return std::ranges::any_of(tags, [&](std::string_view tag) {
    const bool is_ended = bytes.size() > tag.size() && (bytes[tag.size()] == ' ' || bytes[tag.size()] == '>');
    return is_ended && starts_ignoring_case(bytes, tag);
  });
}

/// A byte that no text has (3, "binary data byte"); ESC is in ISO-2022-JP.
bool is_binary(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= 0x08 || byte == 0x0B || (byte >= 0x0E && byte <= 0x1A) || (byte >= 0x1C && byte <= 0x1F);
}

/// RFC 9110, 5.6.2.
bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return is_alpha(c) || is_digit(c) || "!#$%&'*+-.^_`|~"sv.contains(c); });
}

}  // namespace

std::string_view essence_of(std::string_view content_type) noexcept {
  const std::string_view essence = trimmed(content_type.substr(0, content_type.find(';')));
  const std::size_t slash = essence.find('/');
  const bool is_valid = slash != std::string_view::npos && is_token(essence.substr(0, slash)) && is_token(essence.substr(slash + 1));
  return is_valid ? essence : std::string_view();
}

bool is_unknown(std::string_view essence) noexcept {
  return essence.empty() || essence == "*/*" || equals_ignoring_case(essence, "unknown/unknown") || equals_ignoring_case(essence, "application/unknown");
}

std::string_view sniffed_type(std::string_view bytes, bool may_be_scriptable) noexcept {
  bytes = bytes.substr(0, resource_header);
  if (may_be_scriptable) {
    std::string_view text = bytes;
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    if (begins_html(text)) return "text/html";
    if (text.starts_with("<?xml")) return "text/xml";
    if (bytes.starts_with("%PDF-")) return "application/pdf";
  }
  for (const signature& s : signatures)
    if (begins_like(bytes, s.pattern)) return s.type;
  return std::ranges::any_of(bytes, is_binary) ? "application/octet-stream" : "text/plain";
}

}  // namespace trawl::html
