// ISO-2022-JP: seven-bit text that escape sequences switch between sets.
#include <cstdint>

#include "crawler/html/charset/bytes.hpp"
#include "crawler/html/charset/decoder.hpp"
#include "crawler/html/charset/pair_index.hpp"

namespace trawl::html {
namespace {

constexpr unsigned escape = 0x1B;

/// What a byte means: the states of the standard's decoder that outlive a character, which are also its output states.
enum class set : std::uint8_t {
  ascii,
  roman,     ///< ASCII but for the yen and the overline
  katakana,  ///< a byte each
  jis0208,   ///< two bytes each
};

class decoder {
 public:
  explicit decoder(utf8_sink& out) noexcept : out_(out) {}

  /// Decodes the front of `rest`, which is not empty; returns how many bytes that took.
  std::size_t decode_front(std::string_view rest) {
    if (byte_at(rest, 0) == escape) return decode_escape(rest);
    just_switched_ = false;
    if (set_ == set::jis0208) return decode_pair(rest);
    const char32_t c = code_point_of(byte_at(rest, 0));
    out_.put(c);
    return 1;
  }

 private:
  /// Two switches with nothing between are an error: what is hidden so could pass a filter.
  std::size_t decode_escape(std::string_view rest) {
    if (!switch_by(rest.substr(1, 2))) {
      just_switched_ = false;
      out_.put_error();
      return 1;
    }
    if (just_switched_) out_.put_error();
    just_switched_ = true;
    return 3;
  }

  bool switch_by(std::string_view code) noexcept {
    if (code == "(B") return set_ = set::ascii, true;
    if (code == "(J") return set_ = set::roman, true;
    if (code == "(I") return set_ = set::katakana, true;
    if (code == "$@" || code == "$B") return set_ = set::jis0208, true;
    return false;
  }

  char32_t code_point_of(unsigned byte) const noexcept {
    if (set_ == set::katakana) return within(byte, 0x21, 0x5F) ? 0xFF61 - 0x21 + byte : 0xFFFD;
    if (byte > 0x7F || byte == 0x0E || byte == 0x0F) return 0xFFFD;
    if (set_ == set::roman && byte == 0x5C) return 0xA5;
    if (set_ == set::roman && byte == 0x7E) return 0x203E;
    return byte;
  }

  /// An error swallows the trail, ASCII or not, unless that begins an escape sequence.
  std::size_t decode_pair(std::string_view rest) {
    const unsigned lead = byte_at(rest, 0);
    const unsigned trail = within(lead, 0x21, 0x7E) && rest.size() > 1 ? byte_at(rest, 1) : escape;
    const char32_t c = within(trail, 0x21, 0x7E) ? jis0208_index()[(lead - 0x21) * 94 + trail - 0x21] : 0;
    out_.put(c == 0 ? 0xFFFD : c);
    return trail == escape ? 1 : 2;
  }

  utf8_sink& out_;
  set set_ = set::ascii;
  bool just_switched_ = false;
};

}  // namespace

void decode_iso_2022_jp(std::string_view bytes, utf8_sink& out) {
  decoder state(out);
  for (std::size_t at = 0; at < bytes.size();) at += state.decode_front(bytes.substr(at));
}

}  // namespace trawl::html
