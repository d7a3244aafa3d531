// The inline elements of an outline, fed into an inline text.
#pragma once
#include <cstdint>

#include "crawler/extract/content/markdown/addresses.hpp"
#include "crawler/extract/content/markdown/inline_text.hpp"
#include "crawler/extract/content/outline.hpp"

namespace trawl::extract::markdown {

/// What stands in a line: text, emphasis, code, links, images; elements are entered and left in document order. One thread.
class phrasing {
 public:
  explicit phrasing(addresses& where) : where_(where) {}

  void enter(const outline_entry& e);
  void leave(const outline_entry& e);

  inline_text line;

 private:
  addresses& where_;
  int code_depth_ = 0;
};

}  // namespace trawl::extract::markdown
