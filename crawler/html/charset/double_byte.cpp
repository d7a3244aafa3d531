// The encodings whose characters begin with a lead byte that is no ASCII: Big5, EUC-KR, EUC-JP, Shift_JIS, gb18030.
#include <algorithm>

#include "crawler/html/charset/bytes.hpp"
#include "crawler/html/charset/decoder.hpp"
#include "crawler/html/charset/pair_index.hpp"

namespace trawl::html {
namespace {

/// Decodes the front of `rest`, whose first byte is no ASCII; returns how many bytes that took.
using step = std::size_t (*)(std::string_view rest, utf8_sink& out);

void decode_each(std::string_view bytes, step decode_front, utf8_sink& out) {
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t ascii = ascii_run(bytes, at);
    out.put_ascii(bytes.substr(at, ascii));
    for (at += ascii; at < bytes.size() && byte_at(bytes, at) >= 0x80;) at += decode_front(bytes.substr(at), out);
  }
}

std::size_t put_error(utf8_sink& out, std::size_t swallowed) {
  out.put_error();
  return swallowed;
}

/// The character `c` of `length` bytes, of which `last` is the last; 0 is one error, which "restores" that byte if it is ASCII.
std::size_t put_or_error(char32_t c, std::size_t length, unsigned last, utf8_sink& out) {
  if (c == 0) return put_error(out, last < 0x80 ? length - 1 : length);
  out.put(c);
  return length;
}

/// Where Big5, Shift_JIS and gb18030 count the trails from: they leave out 0x7F, and what else lies before `high`.
unsigned trail_offset(unsigned trail, unsigned high) noexcept { return trail < 0x7F ? 0x40 : high; }

std::size_t big5_front(std::string_view rest, utf8_sink& out) {
  const unsigned lead = byte_at(rest, 0);
  if (!within(lead, 0x81, 0xFE) || rest.size() < 2) return put_error(out, 1);
  const unsigned trail = byte_at(rest, 1);
  if (!within(trail, 0x40, 0x7E) && !within(trail, 0xA1, 0xFE)) return put_or_error(0, 2, trail, out);
  const unsigned pointer = (lead - 0x81) * 157 + trail - trail_offset(trail, 0x62);
  if (pointer == 1133 || pointer == 1135 || pointer == 1164 || pointer == 1166) {  // a letter and its combining accent
    out.put(pointer < 1164 ? 0xCA : 0xEA);
    out.put(pointer == 1133 || pointer == 1164 ? 0x304 : 0x30C);
    return 2;
  }
  return put_or_error(big5_index()[pointer], 2, trail, out);
}

std::size_t euc_kr_front(std::string_view rest, utf8_sink& out) {
  const unsigned lead = byte_at(rest, 0);
  if (!within(lead, 0x81, 0xFE) || rest.size() < 2) return put_error(out, 1);
  const unsigned trail = byte_at(rest, 1);
  return put_or_error(within(trail, 0x41, 0xFE) ? euc_kr_index()[(lead - 0x81) * 190 + trail - 0x41] : 0, 2, trail, out);
}

/// 0x8F, then a pair of JIS X 0212.
std::size_t jis0212_front(std::string_view rest, utf8_sink& out) {
  const unsigned lead = byte_at(rest, 1);
  if (rest.size() < 3) return put_error(out, 2);
  const unsigned trail = byte_at(rest, 2);
  return put_or_error(within(trail, 0xA1, 0xFE) ? jis0212_index()[(lead - 0xA1) * 94 + trail - 0xA1] : 0, 3, trail, out);
}

std::size_t euc_jp_front(std::string_view rest, utf8_sink& out) {
  const unsigned lead = byte_at(rest, 0);
  if ((lead != 0x8E && lead != 0x8F && !within(lead, 0xA1, 0xFE)) || rest.size() < 2) return put_error(out, 1);
  const unsigned trail = byte_at(rest, 1);
  if (lead == 0x8E) return put_or_error(within(trail, 0xA1, 0xDF) ? 0xFF61 - 0xA1 + trail : 0, 2, trail, out);
  if (!within(trail, 0xA1, 0xFE)) return put_or_error(0, 2, trail, out);
  if (lead == 0x8F) return jis0212_front(rest, out);
  return put_or_error(jis0208_index()[(lead - 0xA1) * 94 + trail - 0xA1], 2, trail, out);
}

std::size_t shift_jis_front(std::string_view rest, utf8_sink& out) {
  const unsigned lead = byte_at(rest, 0);
  if (lead == 0x80) return put_or_error(0x80, 1, lead, out);
  if (within(lead, 0xA1, 0xDF)) return put_or_error(0xFF61 - 0xA1 + lead, 1, lead, out);
  if ((!within(lead, 0x81, 0x9F) && !within(lead, 0xE0, 0xFC)) || rest.size() < 2) return put_error(out, 1);
  const unsigned trail = byte_at(rest, 1);
  if (!within(trail, 0x40, 0x7E) && !within(trail, 0x80, 0xFC)) return put_or_error(0, 2, trail, out);
  const unsigned pointer = (lead - (lead < 0xA0 ? 0x81 : 0xC1)) * 188 + trail - trail_offset(trail, 0x41);
  return put_or_error(within(pointer, 8836, 10715) ? 0xE000 - 8836 + pointer : jis0208_index()[pointer], 2, trail, out);
}

/// Index gb18030 ranges code point (5); 0 is none.
char32_t ranges_code_point(std::uint32_t pointer) noexcept {
  if (within(pointer, 39420, 188999) || pointer > 1237575) return 0;
  if (pointer == 7457) return 0xE7C7;
  const auto after = std::ranges::upper_bound(gb18030_ranges, pointer, {}, &index_row::pointer);
  return std::prev(after)->code_point + (pointer - std::prev(after)->pointer);
}

/// A lead, then a digit: four bytes. An error gives back all but the first, unless the input ends within.
std::size_t gb18030_four(std::string_view rest, utf8_sink& out) {
  if (rest.size() < 3) return put_error(out, 2);
  if (!within(byte_at(rest, 2), 0x81, 0xFE)) return put_error(out, 1);
  if (rest.size() < 4) return put_error(out, 3);
  if (!within(byte_at(rest, 3), 0x30, 0x39)) return put_error(out, 1);
  const std::uint32_t pointer = (((byte_at(rest, 0) - 0x81) * 10 + byte_at(rest, 1) - 0x30) * 126 + byte_at(rest, 2) - 0x81) * 10 + byte_at(rest, 3) - 0x30;
  const char32_t c = ranges_code_point(pointer);
  out.put(c == 0 ? 0xFFFD : c);
  return 4;
}

std::size_t gb18030_front(std::string_view rest, utf8_sink& out) {
  const unsigned lead = byte_at(rest, 0);
  if (lead == 0x80) return put_or_error(0x20AC, 1, lead, out);
  if (lead == 0xFF || rest.size() < 2) return put_error(out, 1);
  const unsigned trail = byte_at(rest, 1);
  if (within(trail, 0x30, 0x39)) return gb18030_four(rest, out);
  const bool fits = within(trail, 0x40, 0x7E) || within(trail, 0x80, 0xFE);
  return put_or_error(fits ? gb18030_index()[(lead - 0x81) * 190 + trail - trail_offset(trail, 0x41)] : 0, 2, trail, out);
}

}  // namespace

void decode_big5(std::string_view bytes, utf8_sink& out) { decode_each(bytes, big5_front, out); }
void decode_euc_kr(std::string_view bytes, utf8_sink& out) { decode_each(bytes, euc_kr_front, out); }
void decode_euc_jp(std::string_view bytes, utf8_sink& out) { decode_each(bytes, euc_jp_front, out); }
void decode_shift_jis(std::string_view bytes, utf8_sink& out) { decode_each(bytes, shift_jis_front, out); }
void decode_gb18030(std::string_view bytes, utf8_sink& out) { decode_each(bytes, gb18030_front, out); }

}  // namespace trawl::html
