// The decoders of the Encoding Standard's legacy encodings: its state machines, with its rule of what one error swallows.
#pragma once
#include <string>
#include <string_view>

#include "crawler/html/charset/utf8_sink.hpp"

namespace trawl::html {

/// Appends `bytes` to `out` as UTF-8; what is no character becomes U+FFFD. A byte order mark is one more character.
/// in      encoding: a name that encoding_of_label gives, but not "utf-8"
/// errors  std::runtime_error if ICU lacks a converter (pair_index.hpp)
/// thread  any
/// source  Encoding Standard, 9 to 14
void append_decoded(std::string& out, std::string_view bytes, std::string_view encoding);

// One each; gbk's decoder is gb18030's (10.1.1).
void decode_gb18030(std::string_view bytes, utf8_sink& out);      ///< 10.2.1
void decode_big5(std::string_view bytes, utf8_sink& out);         ///< 11.1.1
void decode_euc_jp(std::string_view bytes, utf8_sink& out);       ///< 12.1.1
void decode_iso_2022_jp(std::string_view bytes, utf8_sink& out);  ///< 12.2.1
void decode_shift_jis(std::string_view bytes, utf8_sink& out);    ///< 12.3.1
void decode_euc_kr(std::string_view bytes, utf8_sink& out);       ///< 13.1.1

}  // namespace trawl::html
