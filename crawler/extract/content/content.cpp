#include "crawler/extract/content/content.hpp"

#include "crawler/extract/content/main_content.hpp"
#include "crawler/extract/content/markdown/writer.hpp"
#include "crawler/extract/content/outline.hpp"
#include "crawler/extract/content/text_writer.hpp"

namespace trawl::extract {

page_content read_content(const html::document& page, const url::url& base, content_wish wish) {
  outline all = read_outline(page);
  const std::uint32_t root = find_main_content(all);
  page_content out;
  if (wish.text) out.text = plain_text(all, root, most_content);
  if (wish.markdown) out.markdown = markdown_of(all, root, base, most_content);
  if (wish.language) out.language = detect_language(out.text ? *out.text : plain_text(all, root, most_content));
  const auto is_full = [](const std::optional<std::string>& s) { return s && s->size() >= most_content; };
  out.is_cut = all.is_cut || is_full(out.text) || is_full(out.markdown);
  return out;
}

}  // namespace trawl::extract
