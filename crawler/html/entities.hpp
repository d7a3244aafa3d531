// Character references (HTML Standard, 13.2.5.72 on), as text and as attribute values read them.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace trawl::html {

struct named_reference {
  std::string_view name, text;
};
extern const named_reference named_references[];
extern const std::size_t named_reference_count;

/// `raw` with its references decoded. In an attribute a legacy name without ';' before '=' or a letter or digit stays as it is.
std::string decode_references(std::string_view raw, bool in_attribute);

/// Appends a code point as UTF-8; what is none becomes U+FFFD.
void append_code_point(std::string& out, char32_t c);

}  // namespace trawl::html
