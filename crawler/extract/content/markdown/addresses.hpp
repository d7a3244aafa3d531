// Where the links and images of a page lead, as absolute URLs.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "crawler/html/document.hpp"
#include "crawler/url/url.hpp"

namespace trawl::extract::markdown {

/// Resolves against one base, until that has cost too much: a base may be as long as the page, and every link repeats it.
class addresses {
 public:
  explicit addresses(const url::url& base) : base_(base), base_length_(base.href().size()) {}

  /// Where an `a` leads, with its fragment; empty: nowhere that a reader of text could go, as javascript: does.
  std::string of_link(html::node a);
  /// What an `img` shows, also where a script would load it late; empty: nothing, or what has no address of its own, or one pixel.
  std::string of_image(html::node img);

 private:
  std::string resolve(std::string_view reference);

  const url::url& base_;
  std::size_t base_length_;
  std::size_t room_ = 16UL * 1024 * 1024;  ///< bytes of URLs that may still be made
};

}  // namespace trawl::extract::markdown
