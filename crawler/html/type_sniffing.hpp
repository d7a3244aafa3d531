// What a response without a usable Content-Type is, by how it begins (WHATWG MIME Sniffing).
#pragma once
#include <cstddef>
#include <string_view>

namespace trawl::html {

inline constexpr std::size_t resource_header = 1445;  ///< bytes that are looked at (WHATWG MIME Sniffing, 5.2)

/// The essence of a Content-Type, as it stands; empty where it is no MIME type (4.4): no type, no subtype, or not made of token characters.
std::string_view essence_of(std::string_view content_type) noexcept;

/// Whether this essence says nothing of the type (7, step 2): none, or "unknown/unknown", "application/unknown" or "*/*".
bool is_unknown(std::string_view essence) noexcept;

/// The type by the first bytes: WHATWG MIME Sniffing, 7.1, without the signatures that are no prefix (MP4, WebM, MP3 without ID3), whose
/// bytes are application/octet-stream here. `may_be_scriptable`: the response did not forbid to guess HTML, XML and PDF, which
/// "X-Content-Type-Options: nosniff" does.
/// out     a MIME type's essence; text/plain where nothing is known and nothing is binary, also for no bytes
std::string_view sniffed_type(std::string_view bytes, bool may_be_scriptable) noexcept;

}  // namespace trawl::html
