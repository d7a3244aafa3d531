#include "crawler/extract/content/language.hpp"

#include <algorithm>
#include <array>
#include <cstdio>  // the next header needs it

#include <cld2/public/compact_lang_det.h>

namespace trawl::extract {
namespace {

constexpr std::size_t most_read = 4096, shortest = 20;

std::string_view beginning_of(std::string_view text) noexcept {
  if (text.size() <= most_read) return text;
  std::size_t end = most_read;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) --end;  // not inside a character
  return text.substr(0, end);
}

}  // namespace

std::optional<detected_language> detect_language(std::string_view utf8) {
  utf8 = beginning_of(utf8);
  if (utf8.size() < shortest) return std::nullopt;
  std::array<CLD2::Language, 3> best{};
  std::array<int, 3> percent{};
  int length = 0;
  bool is_reliable = false;
  const CLD2::Language found =
      CLD2::DetectLanguageSummary(utf8.data(), static_cast<int>(utf8.size()), true, best.data(), percent.data(), &length, &is_reliable);
  if (!is_reliable || found == CLD2::UNKNOWN_LANGUAGE) return std::nullopt;
  const auto at = static_cast<std::size_t>(std::ranges::find(best, found) - best.begin());
  return detected_language{.code = CLD2::LanguageCode(found), .confidence = at < percent.size() ? percent[at] / 100.0 : 0};
}

}  // namespace trawl::extract
