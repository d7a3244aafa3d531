#include "crawler/html/charset/pair_index.hpp"

#include <unicode/ucnv.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace trawl::html {
namespace {

/// One character's bytes in an encoding that ICU has.
struct sequence {
  char bytes[3];
  std::size_t length;
};

sequence two(std::size_t lead, std::size_t trail) noexcept { return {{static_cast<char>(lead), static_cast<char>(trail), 0}, 2}; }

sequence big5_sequence(std::size_t pointer) noexcept {
  const std::size_t trail = pointer % 157;
  return two(0x81 + pointer / 157, trail + (trail < 0x3F ? 0x40 : 0x62));
}
sequence euc_kr_sequence(std::size_t pointer) noexcept { return two(0x81 + pointer / 190, 0x41 + pointer % 190); }
sequence gb18030_sequence(std::size_t pointer) noexcept {
  const std::size_t trail = pointer % 190;
  return two(0x81 + pointer / 190, trail + (trail < 0x3F ? 0x40 : 0x41));
}
sequence shift_jis_sequence(std::size_t pointer) noexcept {
  const std::size_t lead = pointer / 188, trail = pointer % 188;
  return two(lead + (lead < 0x1F ? 0x81 : 0xC1), trail + (trail < 0x3F ? 0x40 : 0x41));
}
sequence jis0212_sequence(std::size_t pointer) noexcept {
  return {{'\x8F', static_cast<char>(0xA1 + pointer / 94), static_cast<char>(0xA1 + pointer % 94)}, 3};
}

using converter = std::unique_ptr<UConverter, void (*)(UConverter*)>;

converter open_converter(const char* name) {
  UErrorCode status = U_ZERO_ERROR;
  converter opened(ucnv_open(name, &status), ucnv_close);
  if (U_SUCCESS(status)) ucnv_setToUCallBack(opened.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &status);
  if (U_FAILURE(status)) throw std::runtime_error(std::string("ICU has no converter ") + name + ": " + u_errorName(status));
  return opened;
}

/// 0 if ICU has none for the whole sequence.
char32_t code_point_of(UConverter& from, const sequence& s) {
  ucnv_reset(&from);
  const char* at = s.bytes;
  const char* const end = s.bytes + s.length;
  UErrorCode status = U_ZERO_ERROR;
  const UChar32 c = ucnv_getNextUChar(&from, &at, end, &status);
  return U_SUCCESS(status) && at == end ? static_cast<char32_t>(c) : 0;
}

bool is_private(char32_t c) noexcept { return c >= 0xE000 && c <= 0xF8FF; }

/// What a private-use code point of ICU means: a character of the encoding, or that the vendor left the row to its users.
enum class private_use : bool { none, kept };

struct plan {
  const char* icu_name;
  sequence (*sequence_of)(std::size_t pointer) noexcept;
  std::size_t first, end;  ///< pointers; the standard has no row outside
  private_use vendor_rows;
  std::span<const index_row> corrections;
};

pair_index made(const plan& p) {
  const converter from = open_converter(p.icu_name);
  std::vector<char32_t> code_points(p.end);
  for (std::size_t pointer = p.first; pointer < p.end; ++pointer) {
    const char32_t c = code_point_of(*from, p.sequence_of(pointer));
    if (p.vendor_rows == private_use::kept || !is_private(c)) code_points[pointer] = c;
  }
  for (const auto& [pointer, c] : p.corrections) code_points[pointer] = c;
  return pair_index(std::move(code_points));
}

}  // namespace

const pair_index& big5_index() {
  static const pair_index index = made({"big5-hkscs", big5_sequence, 942, 126 * 157, private_use::none, big5_corrections});
  return index;
}

const pair_index& euc_kr_index() {
  static const pair_index index = made({"windows-949-2000", euc_kr_sequence, 0, 126 * 190, private_use::none, {}});
  return index;
}

const pair_index& gb18030_index() {
  static const pair_index index = made({"gb18030", gb18030_sequence, 0, 126 * 190, private_use::kept, gb18030_corrections});
  return index;
}

const pair_index& jis0208_index() {
  static const pair_index index = made({"ibm-943_P15A-2003", shift_jis_sequence, 0, 60 * 188, private_use::none, {}});
  return index;
}

const pair_index& jis0212_index() {
  static const pair_index index = made({"euc-jp-2007", jis0212_sequence, 0, 82 * 94, private_use::none, {}});
  return index;
}

}  // namespace trawl::html
