#include "crawler/extract/form/output_encoding.hpp"

#include <unicode/ucnv.h>
#include <unicode/ucnv_err.h>
#include <unicode/unistr.h>

#include <memory>

#include "crawler/html/ascii.hpp"
#include "crawler/html/charset.hpp"

namespace trawl::extract {
namespace {

/// Names that mean something narrower to ICU than to the standard; the rest it knows by the standard's own.
std::string icu_name(std::string_view encoding) {
  if (encoding == "shift_jis") return "windows-31j";
  if (encoding == "euc-kr") return "windows-949";
  if (encoding == "iso-8859-8-i") return "iso-8859-8";
  return std::string(encoding);
}

/// "Get an output encoding" (Encoding Standard, 4.3).
std::string writable(std::string name) {
  const bool is_read_only = name.empty() || name == "replacement" || name == "utf-16le" || name == "utf-16be" || name == "x-user-defined";
  return is_read_only ? "utf-8" : name;
}

}  // namespace

std::string form_encoding(std::string_view accept_charset, std::string_view page_charset) {
  if (html::trimmed(accept_charset).empty()) return writable(std::string(page_charset));
  for (std::size_t at = 0; at < accept_charset.size();) {
    std::size_t end = at;
    while (end < accept_charset.size() && !html::is_space(accept_charset[end])) ++end;
    if (std::string known = html::encoding_of_label(accept_charset.substr(at, end - at)); !known.empty()) return writable(std::move(known));
    at = end + 1;
  }
  return "utf-8";
}

std::string encoded_for_form(std::string_view utf8, std::string_view encoding) {
  if (encoding == "utf-8") return std::string(utf8);
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<UConverter, void (*)(UConverter*)> to(ucnv_open(icu_name(encoding).c_str(), &status), ucnv_close);
  if (U_FAILURE(status)) return std::string(utf8);
  ucnv_setFromUCallBack(to.get(), UCNV_FROM_U_CALLBACK_ESCAPE, UCNV_ESCAPE_XML_DEC, nullptr, nullptr, &status);
  const auto text = icu::UnicodeString::fromUTF8(icu::StringPiece(utf8.data(), static_cast<std::int32_t>(utf8.size())));
  std::string out(static_cast<std::size_t>(text.length()) * 10 + 16, '\0');  // a reference has at most ten characters
  const std::int32_t length = ucnv_fromUChars(to.get(), out.data(), static_cast<std::int32_t>(out.size()), text.getBuffer(), text.length(), &status);
  if (U_FAILURE(status)) return std::string(utf8);
  out.resize(static_cast<std::size_t>(length));
  return out;
}

}  // namespace trawl::extract
