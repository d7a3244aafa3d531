#include "crawler/html/charset.hpp"

#include <uchardet/uchardet.h>
#include <unicode/ucnv.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "crawler/html/ascii.hpp"
#include "crawler/html/entities.hpp"
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

std::string declared_by_meta(std::string_view bytes) {
  if (bytes.find("charset") == std::string_view::npos && bytes.find("CHARSET") == std::string_view::npos && bytes.find("Charset") == std::string_view::npos) return {};
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

/// ICU's name for the standard's encoding, where they differ.
std::string icu_name(const std::string& name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> differ = {
      {{"windows-1252", "ibm-5348_P100-1997"}, {"shift_jis", "ibm-943_P15A-2003"}, {"euc-kr", "windows-949-2000"}, {"gbk", "gb18030"}, {"big5", "big5-hkscs"}, {"iso-8859-8-i", "iso-8859-8"}}};
  for (const auto& [standard, icu] : differ)
    if (name == standard) return std::string(icu);
  return name;
}

/// The upper half of ISO-8859-16, which ICU does not have (Encoding Standard, index-iso-8859-16).
constexpr std::array<char16_t, 96> latin10 = {
    0x00A0, 0x0104, 0x0105, 0x0141, 0x20AC, 0x201E, 0x0160, 0x00A7, 0x0161, 0x00A9, 0x0218, 0x00AB, 0x0179, 0x00AD, 0x017A, 0x017B,
    0x00B0, 0x00B1, 0x010C, 0x0142, 0x017D, 0x201D, 0x00B6, 0x00B7, 0x017E, 0x010D, 0x0219, 0x00BB, 0x0152, 0x0153, 0x0178, 0x017C,
    0x00C0, 0x00C1, 0x00C2, 0x0102, 0x00C4, 0x0106, 0x00C6, 0x00C7, 0x00C8, 0x00C9, 0x00CA, 0x00CB, 0x00CC, 0x00CD, 0x00CE, 0x00CF,
    0x0110, 0x0143, 0x00D2, 0x00D3, 0x00D4, 0x0150, 0x00D6, 0x015A, 0x0170, 0x00D9, 0x00DA, 0x00DB, 0x00DC, 0x0118, 0x021A, 0x00DF,
    0x00E0, 0x00E1, 0x00E2, 0x0103, 0x00E4, 0x0107, 0x00E6, 0x00E7, 0x00E8, 0x00E9, 0x00EA, 0x00EB, 0x00EC, 0x00ED, 0x00EE, 0x00EF,
    0x0111, 0x0144, 0x00F2, 0x00F3, 0x00F4, 0x0151, 0x00F6, 0x015B, 0x0171, 0x00F9, 0x00FA, 0x00FB, 0x00FC, 0x0119, 0x021B, 0x00FF};

/// The encodings that ICU does not have: the two of the standard that are none (Encoding Standard, 14.1 and 14.5), and ISO-8859-16.
bool convert_special(std::string_view bytes, const std::string& name, std::string& out) {
  if (name == "replacement") {
    if (!bytes.empty()) append_code_point(out, 0xFFFD);
    return true;
  }
  if (name == "iso-8859-16") {
    for (const char c : bytes) append_code_point(out, static_cast<unsigned char>(c) < 0xA0 ? static_cast<unsigned char>(c) : latin10[static_cast<unsigned char>(c) - 0xA0U]);
    return true;
  }
  if (name != "x-user-defined") return false;
  for (const char c : bytes) append_code_point(out, static_cast<unsigned char>(c) < 0x80 ? static_cast<char32_t>(c) : 0xF700 + static_cast<unsigned char>(c));
  return true;
}

std::string convert(std::string_view bytes, const std::string& name) {
  std::string out;
  if (convert_special(bytes, name, out)) return out;
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<UConverter, void (*)(UConverter*)> from(ucnv_open(icu_name(name).c_str(), &status), ucnv_close);
  const std::unique_ptr<UConverter, void (*)(UConverter*)> to(ucnv_open("UTF-8", &status), ucnv_close);
  if (U_FAILURE(status)) return url::to_valid_utf8(bytes);
  std::array<char, 16 * 1024> step;
  std::array<UChar, 8 * 1024> pivot;
  UChar *pivot_in = pivot.data(), *pivot_out = pivot.data();
  const char* source = bytes.data();
  const char* const end = bytes.data() + bytes.size();
  bool first = true;
  do {
    char* target = step.data();
    status = U_ZERO_ERROR;
    ucnv_convertEx(to.get(), from.get(), &target, step.data() + step.size(), &source, end, pivot.data(), &pivot_out, &pivot_in, pivot.data() + pivot.size(), first, true, &status);
    first = false;
    out.append(step.data(), target);
  } while (status == U_BUFFER_OVERFLOW_ERROR);
  return out;
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
  out.owned = convert(bytes, out.charset);
  out.text = out.owned;
}

}  // namespace trawl::html
