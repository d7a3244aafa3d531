#include "crawler/html/charset.hpp"

#include <uchardet/uchardet.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

#include "crawler/html/ascii.hpp"
#include "crawler/html/charset/decoder.hpp"
#include "crawler/html/scanner.hpp"
#include "crawler/url/encode.hpp"

namespace trawl::html {
namespace {

/// The value of charset= in a Content-Type or a meta content (HTML Standard, 2.6.6, extracting a character encoding).
std::string charset_parameter(std::string_view value) {
  const std::string text = lowered(value);
  for (std::size_t at = text.find("charset"); at != std::string::npos; at = text.find("charset", at + 7)) {
    std::size_t i = at + 7;
    while (i < text.size() && is_space(text[i])) ++i;
    if (i >= text.size() || text[i] != '=') continue;
    ++i;
    while (i < text.size() && is_space(text[i])) ++i;
    if (i < text.size() && (text[i] == '"' || text[i] == '\'')) {
      const std::size_t end = text.find(text[i], i + 1);
      return end == std::string::npos ? std::string() : text.substr(i + 1, end - i - 1);
    }
    return text.substr(i, std::min(text.find_first_of("; \t\n\f\r", i), text.size()) - i);
  }
  return {};
}

/// Whether "charset" stands anywhere, in any case, found in strides as Horspool does: without it the scan for a meta is spared.
bool names_a_charset(std::string_view bytes) noexcept {
  static constexpr std::string_view name = "charset";
  static constexpr std::size_t last = name.size() - 1;
  static constexpr std::array<std::uint8_t, 256> stride_after = [] {
    std::array<std::uint8_t, 256> out{};
    out.fill(name.size());
    for (std::size_t i = 0; i < last; ++i) out[static_cast<unsigned char>(name[i])] = out[static_cast<unsigned char>(name[i] - 32)] = static_cast<std::uint8_t>(last - i);
    return out;
  }();
  for (std::size_t at = last; at < bytes.size(); at += stride_after[static_cast<unsigned char>(bytes[at])])
    if (lower(bytes[at]) == name.back() && equals_ignoring_case(bytes.substr(at - last, name.size()), name)) return true;
  return false;
}

std::string declared_by_meta(std::string_view bytes) {
  if (!names_a_charset(bytes)) return {};
  scanner scan(bytes);
  for (token t; scan.next(t);) {
    if (t.kind != token_kind::start || t.name != "meta") continue;
    std::string label = t.attribute_value("charset");
    if (label.empty() && equals_ignoring_case(t.attribute_value("http-equiv"), "content-type")) label = charset_parameter(t.attribute_value("content"));
    std::string name = encoding_of_label(label);
    if (name == "utf-16le" || name == "utf-16be") name = "utf-8";  // 13.2.3.2: the bytes were read as ASCII, so they are not UTF-16
    if (name == "x-user-defined") name = "windows-1252";
    if (!name.empty()) return name;
  }
  return {};
}

std::string detected(std::string_view bytes) {
  const std::unique_ptr<uchardet, void (*)(uchardet_t)> detector(uchardet_new(), uchardet_delete);
  uchardet_handle_data(detector.get(), bytes.data(), std::min<std::size_t>(bytes.size(), 64 * 1024));
  uchardet_data_end(detector.get());
  const std::string name = encoding_of_label(uchardet_get_charset(detector.get()));
  return name.empty() || name == "utf-8" ? "windows-1252" : name;
}

}  // namespace

void decode(std::string_view bytes, std::string_view content_type, decoded& out) {
  if (bytes.starts_with("\xEF\xBB\xBF")) {
    out.charset = "utf-8";
    bytes.remove_prefix(3);
  } else if (bytes.starts_with("\xFF\xFE")) {
    out.charset = "utf-16le";
    bytes.remove_prefix(2);
  } else if (bytes.starts_with("\xFE\xFF")) {
    out.charset = "utf-16be";
    bytes.remove_prefix(2);
  }
  if (out.charset.empty()) out.charset = encoding_of_label(charset_parameter(content_type));
  if (out.charset.empty()) out.charset = declared_by_meta(bytes);
  const bool told = !out.charset.empty();
  if (!told || out.charset == "utf-8") {
    if (url::is_valid_utf8(bytes)) {
      out.charset = "utf-8";
      out.text = bytes;
      return;
    }
    if (told) {
      out.owned = url::to_valid_utf8(bytes);
      out.text = out.owned;
      return;
    }
    out.charset = detected(bytes);
  }
  out.owned.reserve(bytes.size() + bytes.size() / 2);  // two bytes of the East become three
  append_decoded(out.owned, bytes, out.charset);
  out.text = out.owned;
}

}  // namespace trawl::html
