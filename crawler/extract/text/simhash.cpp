#include "crawler/extract/text/simhash.hpp"

#include <array>

#include "crawler/html/scanner.hpp"

namespace trawl::extract {
namespace {

constexpr std::uint64_t fnv_offset = 14695981039346656037U, fnv_prime = 1099511628211U;

/// The byte as it counts in a word; 0: it is between words.
constexpr auto word_bytes = [] {
  std::array<unsigned char, 256> out{};
  for (std::size_t c = 0; c < out.size(); ++c) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    const bool is_word = is_upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80;
    out[c] = static_cast<unsigned char>(is_upper ? c + 0x20 : is_word ? c : 0);
  }
  return out;
}();

constexpr std::uint64_t mix(std::uint64_t x) noexcept {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

class printer {
 public:
  /// What stands next to each other; a word ends where the text does.
  void add(std::string_view text) {
    std::uint64_t word = fnv_offset;
    bool is_inside = false;
    for (const char c : text) {
      if (const unsigned char byte = word_bytes[static_cast<unsigned char>(c)]; byte != 0) {
        word = (word ^ byte) * fnv_prime;
        is_inside = true;
      } else if (is_inside) {
        end_word(word);
        word = fnv_offset;
        is_inside = false;
      }
    }
    if (is_inside) end_word(word);
  }

  text_print finish() const {
    text_print out{.simhash = 0, .words = words_};
    for (int bit = 0; bit < 64; ++bit) {
      std::size_t count = 0;
      for (std::size_t plane = 0; plane < planes_.size(); ++plane) count |= static_cast<std::size_t>((planes_[plane] >> bit) & 1U) << plane;
      if (2 * count > words_) out.simhash |= std::uint64_t{1} << bit;
    }
    return out;
  }

 private:
  static constexpr std::size_t most_words = 1'000'000;  // fewer than the planes can count

  /// The planes are 64 counters, a bit of each in a plane, so that one feature is added to all of them at once.
  void end_word(std::uint64_t word) {
    if (words_ == most_words) return;
    ++words_;
    std::uint64_t carry = mix(before_ + 3 * last_ + 9 * word);
    before_ = last_;
    last_ = word;
    for (std::size_t plane = 0; carry != 0; ++plane) {
      const std::uint64_t next = planes_[plane] & carry;
      planes_[plane] ^= carry;
      carry = next;
    }
  }

  std::array<std::uint64_t, 20> planes_{};
  std::uint64_t before_ = 0, last_ = 0;
  std::size_t words_ = 0;
};

}  // namespace

text_print print_of_html(std::string_view utf8) {
  printer out;
  html::scanner scan(utf8);
  for (html::token t; scan.next(t);)
    if (t.kind == html::token_kind::text) out.add(t.text);
  return out.finish();
}

text_print print_of_text(std::string_view utf8) {
  printer out;
  out.add(utf8);
  return out.finish();
}

}  // namespace trawl::extract
