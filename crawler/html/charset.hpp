// From bytes to UTF-8: which encoding a page is in, and one decoding of it (Encoding Standard; HTML Standard, 13.2.3).
#pragma once
#include <string>
#include <string_view>

namespace trawl::html {

/// `text` is valid UTF-8: a view of the input where that was valid already, else of `owned`.
struct decoded {
  std::string_view text;
  std::string owned;
  std::string charset;  ///< the standard's name: "utf-8", "windows-1252"

  decoded() = default;
  decoded(const decoded&) = delete;
  decoded& operator=(const decoded&) = delete;
};

/// BOM, then Content-Type, then meta, then UTF-8 if valid, then detection, else windows-1252. Invalid bytes become U+FFFD.
/// `bytes` outlives `out`.
void decode(std::string_view bytes, std::string_view content_type, decoded& out);

/// The standard's name, in lower case, for a label in any case; empty if there is none (Encoding Standard, 4.2, get an encoding).
std::string encoding_of_label(std::string_view label);

}  // namespace trawl::html
