// Numbers and strings into bytes and back. Reading never goes past the end: what is missing makes the reader bad, and gives zeros.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace trawl::frontier::store {

inline void append_big_endian(std::string& to, std::uint64_t n) {
  std::array<char, 8> big{};
  for (std::size_t i = 0; i < big.size(); ++i) big[i] = static_cast<char>(n >> (56 - 8 * i));
  to.append(big.data(), big.size());
}

class byte_writer {
 public:
  byte_writer& number(std::uint64_t n) {
    for (; n >= 0x80; n >>= 7) out_ += static_cast<char>(n | 0x80);
    out_ += static_cast<char>(n);
    return *this;
  }
  /// Small ones of either sign are short.
  byte_writer& signed_number(std::int64_t n) { return number((static_cast<std::uint64_t>(n) << 1) ^ static_cast<std::uint64_t>(n >> 63)); }
  byte_writer& text(std::string_view s) {
    number(s.size());
    out_ += s;
    return *this;
  }
  byte_writer& fixed64(std::uint64_t n) {
    append_big_endian(out_, n);
    return *this;
  }
  byte_writer& raw(std::string_view bytes) {
    out_ += bytes;
    return *this;
  }
  std::string take() { return std::move(out_); }
  std::string_view view() const noexcept { return out_; }
  void clear() noexcept { out_.clear(); }

 private:
  std::string out_;
};

class byte_reader {
 public:
  explicit byte_reader(std::string_view in) : in_(in) {}
  std::uint64_t number() {
    std::uint64_t n = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (in_.empty()) break;
      const auto c = static_cast<unsigned char>(in_.front());
      in_.remove_prefix(1);
      n |= static_cast<std::uint64_t>(c & 0x7F) << shift;
      if (c < 0x80) return n;
    }
    good_ = false;
    return 0;
  }
  std::int64_t signed_number() {
    const std::uint64_t n = number();
    return static_cast<std::int64_t>(n >> 1) ^ -static_cast<std::int64_t>(n & 1);
  }
  std::string text() { return std::string(view()); }
  /// A text where it lies.
  std::string_view view() {
    const std::uint64_t size = number();
    if (size > in_.size()) {
      good_ = false;
      return {};
    }
    const std::string_view out = in_.substr(0, size);
    in_.remove_prefix(size);
    return out;
  }
  std::uint64_t fixed64() {
    if (in_.size() < 8) {
      good_ = false;
      return 0;
    }
    std::uint64_t n = 0;
    for (int i = 0; i < 8; ++i) n = n << 8 | static_cast<unsigned char>(in_[static_cast<std::size_t>(i)]);
    in_.remove_prefix(8);
    return n;
  }
  /// Everything was there, and nothing is left.
  bool is_whole() const noexcept { return good_ && in_.empty(); }
  bool is_good() const noexcept { return good_; }
  std::size_t left() const noexcept { return in_.size(); }

 private:
  std::string_view in_;
  bool good_ = true;
};

/// What was read, where all of it was there and nothing is left.
template <class Row>
std::optional<Row> whole(byte_reader& in, Row row) {
  return in.is_whole() ? std::optional<Row>(std::move(row)) : std::nullopt;
}

}  // namespace trawl::frontier::store
