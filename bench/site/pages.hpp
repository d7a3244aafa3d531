// The synthetic site of the benchmarks: pages of equal size and number of links, made from their number, stored nowhere.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace trawl::bench {

struct site_shape {
  std::uint32_t pages = 20'000;
  std::size_t bytes = 30 * 1024;  ///< of a page's body, about
  unsigned links = 50;            ///< of a page, at least `branches`
  unsigned branches = 8;          ///< of these links lead down the tree that reaches every page; the others anywhere
};

/// Bodies by page number. Page 0 is the root; page n leads to n * branches + 1 … + branches, so that each is reached.
/// Thread-compatible: one object a thread.
class pages {
 public:
  explicit pages(site_shape shape);

  const site_shape& shape() const noexcept { return shape_; }
  /// The body of page `number` < shape().pages. The view's bytes change with the next call.
  const std::string& body(std::uint32_t number);

 private:
  void append_link(std::size_t index);
  void append_prose_up_to(std::size_t size);

  site_shape shape_;
  std::string body_;               ///< one page; only the digits at `digits_` differ from page to page
  std::vector<std::size_t> digits_;
  std::uint64_t random_ = 0x9E3779B97F4A7C15;
};

/// Digits of a page number in its URL, `/p/0001234.html`: fixed, so that pages differ in these bytes alone.
inline constexpr std::size_t page_digits = 7;

}  // namespace trawl::bench
