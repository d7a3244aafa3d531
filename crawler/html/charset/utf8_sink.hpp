// Where the decoders write: code points, gathered as UTF-8 and handed to a string in blocks.
#pragma once
#include <array>
#include <cstring>
#include <string>
#include <string_view>

namespace trawl::html {

/// Appends to `out`, which outlives it; all of it is there only after finish().
class utf8_sink {
 public:
  explicit utf8_sink(std::string& out) noexcept : out_(out) {}
  utf8_sink(const utf8_sink&) = delete;
  utf8_sink& operator=(const utf8_sink&) = delete;

  /// A scalar value: the decoders make no others.
  void put(char32_t c) {
    if (used_ + 4 > block_.size()) finish();
    if (c < 0x80) return add(c);
    if (c < 0x800) return add(0xC0 | (c >> 6)), add(0x80 | (c & 63));
    if (c < 0x10000) return add(0xE0 | (c >> 12)), add(0x80 | ((c >> 6) & 63)), add(0x80 | (c & 63));
    add(0xF0 | (c >> 18)), add(0x80 | ((c >> 12) & 63)), add(0x80 | ((c >> 6) & 63)), add(0x80 | (c & 63));
  }

  void put_error() { put(0xFFFD); }

  void put_ascii(std::string_view run) {
    if (run.size() > block_.size() - used_) {
      finish();
      if (run.size() > block_.size()) {
        out_ += run;
        return;
      }
    }
    std::memcpy(block_.data() + used_, run.data(), run.size());
    used_ += run.size();
  }

  void finish() {
    out_.append(block_.data(), used_);
    used_ = 0;
  }

 private:
  void add(char32_t unit) noexcept { block_[used_++] = static_cast<char>(unit); }

  std::string& out_;
  std::size_t used_ = 0;
  std::array<char, 4096> block_;
};

}  // namespace trawl::html
