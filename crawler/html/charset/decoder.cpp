#include "crawler/html/charset/decoder.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "crawler/html/charset/bytes.hpp"
#include "crawler/html/charset/single_byte.hpp"

namespace trawl::html {
namespace {

/// 14.1.1: one error for any input, so that no script hides in an encoding that nobody should use.
void decode_replacement(std::string_view bytes, utf8_sink& out) {
  if (!bytes.empty()) out.put_error();
}

/// 14.5.1.
void decode_x_user_defined(std::string_view bytes, utf8_sink& out) {
  for (std::size_t at = 0; at < bytes.size(); ++at) out.put(byte_at(bytes, at) < 0x80 ? byte_at(bytes, at) : 0xF700 + byte_at(bytes, at));
}

/// 14.2.1, shared UTF-16 decoder; `high` is where in a unit the high byte stands.
void decode_utf16(std::string_view bytes, std::size_t high, utf8_sink& out) {
  const auto unit_at = [&](std::size_t at) { return byte_at(bytes, at + high) << 8 | byte_at(bytes, at + 1 - high); };
  for (std::size_t at = 0; at < bytes.size(); at += 2) {
    const std::size_t left = bytes.size() - at;
    const unsigned unit = left < 2 ? 0 : unit_at(at);
    const bool leads = within(unit, 0xD800, 0xDBFF);
    if (left < 2 || (leads && left < 4)) return out.put_error();  // half a unit after a lead is part of the same error
    const unsigned next = leads ? unit_at(at + 2) : 0;
    if (within(next, 0xDC00, 0xDFFF)) {
      out.put(0x10000 + ((unit - 0xD800) << 10) + (next - 0xDC00));
      at += 2;
    } else if (within(unit, 0xD800, 0xDFFF)) {
      out.put_error();
    } else {
      out.put(unit);
    }
  }
}

void decode_utf16be(std::string_view bytes, utf8_sink& out) { decode_utf16(bytes, 0, out); }
void decode_utf16le(std::string_view bytes, utf8_sink& out) { decode_utf16(bytes, 1, out); }

struct named_decoder {
  std::string_view encoding;
  void (*decode)(std::string_view bytes, utf8_sink& out);
};
constexpr std::array<named_decoder, 11> multi_byte = {{{"gbk", decode_gb18030},
                                                       {"gb18030", decode_gb18030},
                                                       {"big5", decode_big5},
                                                       {"euc-jp", decode_euc_jp},
                                                       {"iso-2022-jp", decode_iso_2022_jp},
                                                       {"shift_jis", decode_shift_jis},
                                                       {"euc-kr", decode_euc_kr},
                                                       {"replacement", decode_replacement},
                                                       {"utf-16be", decode_utf16be},
                                                       {"utf-16le", decode_utf16le},
                                                       {"x-user-defined", decode_x_user_defined}}};

}  // namespace

void append_decoded(std::string& out, std::string_view bytes, std::string_view encoding) {
  utf8_sink sink(out);
  if (const single_byte_index* index = single_byte_index_of(encoding)) {
    decode_single_byte(bytes, *index, sink);
  } else {
    const auto* const found = std::ranges::find(multi_byte, encoding, &named_decoder::encoding);
    assert(found != multi_byte.end());
    found->decode(bytes, sink);
  }
  sink.finish();
}

}  // namespace trawl::html
