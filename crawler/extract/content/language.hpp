// The language of a text by its words (CLD2), whatever the page says of itself.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace trawl::extract {

struct detected_language {
  std::string code;       ///< ISO 639-1 where there is one, as in "de", "zh-Hant"
  double confidence = 0;  ///< share of the text that is in it, 0 to 1
};

/// Looks at the first 4 KiB of plain text; nullopt where it is too short, or no language stands out. Pure; safe on any thread.
std::optional<detected_language> detect_language(std::string_view utf8);

}  // namespace trawl::extract
