// How much of a page a tree may be built of. gumbo is quadratic in the depth of a tree and in the attributes of a tag, and can't be
// stopped from outside, so its work is estimated first, in one pass of the scanner.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace trawl::html {

inline constexpr std::size_t most_depth = 512;           ///< open elements at once; jsoup's limit too
inline constexpr std::size_t most_tag_attributes = 256;  ///< of one tag
inline constexpr std::size_t most_tree_steps = 40'000'000;  ///< elements looked at while tags are placed

/// The part of a page that is safe to build, and why it is not all of it.
struct tree_extent {
  std::size_t length = 0;
  std::string reason;  ///< empty: the whole page
};

/// Follows the elements that each tag opens and closes (HTML Standard, 13.2.6, roughly: implied ends and formatting elements are
/// counted, not built). The estimate errs on the high side. Linear but for the depth, which is bounded. `utf8` is not kept.
tree_extent safe_extent(std::string_view utf8);

}  // namespace trawl::html
