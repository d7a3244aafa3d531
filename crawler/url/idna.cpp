#include "crawler/url/idna.hpp"

#include <unicode/idna.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

namespace trawl::url {
namespace {

/// Characters that ICU up to 74 maps after the tables of Unicode 15: refused there for the sake of IDNA2003, mapped or ignored since
/// Unicode 15.1 and 16 (UTS 46, revisions 31 and 33). `first..last` go to `to` and what follows it; 0: ignored.
struct remapping {
  char32_t first, last, to;
};
constexpr std::array<remapping, 18> newer = {{
    {0x04C0, 0x04C0, 0x04CF},     // Cyrillic palochka
    {0x10A0, 0x10C5, 0x2D00},     // Georgian capitals
    {0x115F, 0x1160, 0},          // Hangul fillers
    {0x17B4, 0x17B5, 0},          // Khmer inherent vowels
    {0x180E, 0x180E, 0},          // Mongolian vowel separator
    {0x1E9E, 0x1E9E, 0x00DF},     // capital sharp s
    {0x2061, 0x2063, 0},          // invisible operators
    {0x206A, 0x206F, 0},          // deprecated format characters
    {0x2132, 0x2132, 0x214E},     // turned capital F
    {0x2183, 0x2183, 0x2184},     // reversed roman hundred
    {0x3164, 0x3164, 0},          // Hangul filler
    {0xFFA0, 0xFFA0, 0},          // halfwidth Hangul filler
    {0x1D173, 0x1D17A, 0},        // musical format characters
    {0x2F868, 0x2F868, 0x36FC},   // five ideographs whose decomposition Unicode corrected
    {0x2F874, 0x2F874, 0x5F53},
    {0x2F91F, 0x2F91F, 0x243AB},
    {0x2F95F, 0x2F95F, 0x7AEE},
    {0x2F9BF, 0x2F9BF, 0x45D7},
}};

/// Longer than any name that DNS can hold (253 octets of ASCII) is in UTF-8. ICU's time grows with the square of the labels.
constexpr std::size_t longest_domain = 4096;

icu::UnicodeString remapped(const icu::UnicodeString& domain) {
  icu::UnicodeString out;
  for (std::int32_t i = 0; i < domain.length(); i = domain.moveIndex32(i, 1)) {
    const auto c = static_cast<char32_t>(domain.char32At(i));
    const auto* range = std::ranges::lower_bound(newer, c, {}, &remapping::last);
    if (range == newer.end() || c < range->first) {
      out.append(static_cast<UChar32>(c));
    } else if (range->to != 0) {
      out.append(static_cast<UChar32>(range->to + (c - range->first)));
    }
  }
  return out;
}

}  // namespace

std::optional<std::string> domain_to_ascii(std::string_view domain) {
  static const std::unique_ptr<icu::IDNA> idna = [] {
    UErrorCode status = U_ZERO_ERROR;
    return std::unique_ptr<icu::IDNA>(icu::IDNA::createUTS46Instance(
        UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_NONTRANSITIONAL_TO_UNICODE, status));
  }();
  if (!idna || domain.size() > longest_domain) return std::nullopt;
  const auto size = static_cast<std::int32_t>(domain.size());
  const icu::UnicodeString name = remapped(icu::UnicodeString::fromUTF8(icu::StringPiece(domain.data(), size)));
  icu::UnicodeString ascii;
  icu::IDNAInfo info;
  UErrorCode status = U_ZERO_ERROR;
  idna->nameToASCII(name, ascii, info, status);
  constexpr std::uint32_t tolerated = UIDNA_ERROR_EMPTY_LABEL | UIDNA_ERROR_LABEL_TOO_LONG | UIDNA_ERROR_DOMAIN_NAME_TOO_LONG |
                                      UIDNA_ERROR_LEADING_HYPHEN | UIDNA_ERROR_TRAILING_HYPHEN | UIDNA_ERROR_HYPHEN_3_4;
  if (U_FAILURE(status) || (info.getErrors() & ~tolerated) != 0) return std::nullopt;
  std::string out;
  ascii.toUTF8String(out);
  return out;
}

}  // namespace trawl::url
