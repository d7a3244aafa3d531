// A page to its main content: valid UTF-8 that is no longer than it may be, without the writer's own marks.
#include <algorithm>

#include "crawler/extract/content/content.hpp"
#include "crawler/html/charset.hpp"
#include "tests/fuzz/input.hpp"

using namespace trawl;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const url::url address = *url::parse("https://h.test/a/b?c");
  html::decoded page;
  html::decode(fuzz::text_of(data, size), "text/html; charset=utf-8", page);
  const html::document tree(page.text);
  const auto found = extract::read_content(tree, address, {.text = true, .markdown = true, .language = true});
  for (const std::string* form : {&*found.text, &*found.markdown}) {
    fuzz::require(fuzz::is_utf8(*form), "content is UTF-8");
    fuzz::require(!form->ends_with('\n') && !form->ends_with(' '), "and ends where its last line does");
  }
  const auto is_mark = [](char c) { return (c >= '\x01' && c <= '\x06') || c == '\x0E' || c == '\x0F'; };
  if (tree.root()) fuzz::require(std::ranges::none_of(*found.markdown, is_mark) || std::ranges::any_of(page.text, is_mark), "marks are made delimiters");
  fuzz::require(!found.language || (found.language->confidence >= 0 && found.language->confidence <= 1), "a share is one of the whole");
  return 0;
}
