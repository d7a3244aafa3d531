// The two-byte indexes of the Encoding Standard (5), made at first use from ICU's converters and the rows where those differ.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace trawl::html {

/// Code points by pointer. At most 96 KB each, kept until the process ends.
class pair_index {
 public:
  explicit pair_index(std::vector<char32_t> code_points) noexcept : code_points_(std::move(code_points)) {}
  /// 0 if the index has none at `pointer`.
  char32_t operator[](std::size_t pointer) const noexcept { return pointer < code_points_.size() ? code_points_[pointer] : 0; }

 private:
  std::vector<char32_t> code_points_;
};

/// Each is made by the first thread that asks, in some milliseconds, while others that ask wait.
/// Throws std::runtime_error where ICU's data lacks the converter: that is a broken installation.
const pair_index& big5_index();  ///< but for the four pointers that are two code points each
const pair_index& euc_kr_index();
const pair_index& gb18030_index();
const pair_index& jis0208_index();
const pair_index& jis0212_index();

/// A row of an index.
struct index_row {
  std::uint32_t pointer;
  char32_t code_point;
};
/// Where ICU's Big5-HKSCS and GB 18030 have another code point or none, and the start of each range of index gb18030 ranges; by pointer.
extern const std::span<const index_row> big5_corrections, gb18030_corrections, gb18030_ranges;

}  // namespace trawl::html
