#include "crawler/html/charset.hpp"

#include <uchardet/uchardet.h>
#include <unicode/ucnv.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "crawler/html/scanner.hpp"
#include "crawler/url/encode.hpp"

namespace trawl::html {
namespace {

std::string cleaned(std::string_view label) {
  std::string out;
  for (const char c : label)
    if (c != ' ' && c != '\t' && c != '\n' && c != '\f' && c != '\r' && c != '"' && c != '\'') out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

/// The value of charset= in a Content-Type or a meta content.
std::string charset_parameter(std::string_view value) {
  const std::string text = [&] {
    std::string s(value);
    for (char& c : s)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return s;
  }();
  for (std::size_t at = text.find("charset"); at != std::string::npos; at = text.find("charset", at + 7)) {
    std::size_t i = at + 7;
    while (i < text.size() && text[i] == ' ') ++i;
    if (i >= text.size() || text[i] != '=') continue;
    ++i;
    while (i < text.size() && (text[i] == ' ' || text[i] == '"' || text[i] == '\'')) ++i;
    const std::size_t end = std::min(text.find_first_of("\"'; ", i), text.size());
    return text.substr(i, end - i);
  }
  return {};
}

std::string declared_by_meta(std::string_view bytes) {
  if (bytes.find("charset") == std::string_view::npos && bytes.find("CHARSET") == std::string_view::npos && bytes.find("Charset") == std::string_view::npos) return {};
  scanner scan(bytes);
  for (token t; scan.next(t);) {
    if (t.kind != token_kind::start || t.name != "meta") continue;
    std::string label = t.attribute_value("charset");
    if (label.empty() && cleaned(t.attribute_value("http-equiv")) == "content-type") label = charset_parameter(t.attribute_value("content"));
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

bool is_valid_utf8(std::string_view s) { return url::is_ascii(s) || url::to_valid_utf8(s) == s; }

/// ICU's name for the standard's encoding, where they differ.
std::string icu_name(const std::string& name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> differ = {
      {{"windows-1252", "ibm-5348_P100-1997"}, {"shift_jis", "ibm-943_P15A-2003"}, {"euc-kr", "windows-949-2000"}, {"gbk", "gb18030"}, {"big5", "big5-hkscs"}, {"iso-8859-8-i", "iso-8859-8"}}};
  for (const auto& [standard, icu] : differ)
    if (name == standard) return std::string(icu);
  return name;
}

std::string convert(std::string_view bytes, const std::string& name) {
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<UConverter, void (*)(UConverter*)> from(ucnv_open(icu_name(name).c_str(), &status), ucnv_close);
  const std::unique_ptr<UConverter, void (*)(UConverter*)> to(ucnv_open("UTF-8", &status), ucnv_close);
  if (U_FAILURE(status)) return url::to_valid_utf8(bytes);
  std::string out;
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

std::string encoding_of_label(std::string_view raw) {
  const std::string label = cleaned(raw);
  if (label.empty()) return {};
  constexpr std::array<std::pair<std::string_view, std::string_view>, 31> own = {{
      {"utf-8", "utf-8"}, {"utf8", "utf-8"}, {"unicode-1-1-utf-8", "utf-8"}, {"ascii", "windows-1252"}, {"us-ascii", "windows-1252"}, {"latin1", "windows-1252"},
      {"iso-8859-1", "windows-1252"}, {"iso8859-1", "windows-1252"}, {"iso_8859-1", "windows-1252"}, {"l1", "windows-1252"}, {"cp1252", "windows-1252"}, {"x-cp1252", "windows-1252"},
      {"iso-8859-9", "windows-1254"}, {"latin5", "windows-1254"}, {"tis-620", "windows-874"}, {"iso-8859-11", "windows-874"}, {"gb2312", "gbk"}, {"gbk", "gbk"}, {"x-gbk", "gbk"},
      {"chinese", "gbk"}, {"ks_c_5601-1987", "euc-kr"}, {"euc-kr", "euc-kr"}, {"korean", "euc-kr"}, {"windows-949", "euc-kr"}, {"sjis", "shift_jis"}, {"x-sjis", "shift_jis"},
      {"shift_jis", "shift_jis"}, {"windows-31j", "shift_jis"}, {"utf-16", "utf-16le"}, {"x-user-defined", "x-user-defined"}, {"iso-8859-8-i", "iso-8859-8-i"}}};
  for (const auto& [known, name] : own)
    if (label == known) return std::string(name);
  UErrorCode status = U_ZERO_ERROR;
  for (const char* standard : {"MIME", "IANA", "HTML"}) {
    status = U_ZERO_ERROR;
    const char* name = ucnv_getStandardName(label.c_str(), standard, &status);
    if (name == nullptr || U_FAILURE(status)) continue;
    std::string out = cleaned(name);
    if (out.starts_with("iso-8859-") || out.starts_with("windows-") || out.starts_with("koi8") || out.starts_with("big5") || out.starts_with("euc-") || out.starts_with("gb18030") ||
        out.starts_with("iso-2022-jp") || out.starts_with("utf-16") || out == "macintosh" || out == "ibm866")
      return out;
  }
  return {};
}

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
    if (is_valid_utf8(bytes)) {
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
