#include "crawler/extract/content/markdown/code_block.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "crawler/extract/content/markdown/escape.hpp"
#include "crawler/html/ascii.hpp"

namespace trawl::extract::markdown {
namespace {

bool is_line(tag kind) noexcept { return kind == tag::block || kind == tag::li || kind == tag::ol || kind == tag::ul; }

/// `name`, if it may stand behind a fence.
std::optional<std::string> as_language(std::string_view name) {
  const bool is_plain = !name.empty() && name.size() <= 32 && std::ranges::all_of(name, [](char c) {
    return html::is_alpha(c) || html::is_digit(c) || c == '+' || c == '#' || c == '-' || c == '.' || c == '_';
  });
  if (!is_plain || name == "none" || name == "default") return std::nullopt;
  return std::string(name);
}

std::optional<std::string> language_in_class(std::string_view list) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find_first_of(" \t\n\f\r"), list.size());
    const std::string_view name = list.substr(0, end);
    for (const std::string_view prefix : {"language-", "lang-", "highlight-source-", "highlight-text-", "highlight-"})
      if (name.starts_with(prefix)) return as_language(name.substr(prefix.size()));
    list.remove_prefix(std::min(list.size(), end + 1));
  }
  return std::nullopt;
}

std::optional<std::string> language_of_element(html::node n) {
  for (const std::string_view name : {"data-lang", "data-language"})
    if (const auto value = n.attribute(name))
      if (auto language = as_language(*value)) return language;
  return language_in_class(n.attribute("class").value_or(""));
}

/// Of the `pre`, of the `code` in it, or of the two elements around it.
std::string language_of(html::node pre) {
  for (html::node n = pre.first_child(); n; n = n.next())
    if (n.is("code"))
      if (auto found = language_of_element(n)) return *found;
  html::node n = pre;
  for (int level = 0; level < 3 && n; ++level, n = n.parent())
    if (auto found = language_of_element(n)) return *found;
  return {};
}

std::string text_in(const outline& page, std::uint32_t pre) {
  std::string out;
  const auto& all = page.entries;
  for (std::uint32_t i = pre + 1; i < all[pre].end;) {
    const outline_entry& e = all[i];
    if (e.is_dropped) {
      i = e.end;
      continue;
    }
    if (e.kind == tag::text) out += e.node.text();
    const bool begins_line = is_line(e.kind) && !out.empty() && !out.ends_with('\n');
    if (begins_line || e.kind == tag::br) out += '\n';
    ++i;
  }
  std::erase(out, '\r');
  while (!out.empty() && html::is_space(out.back())) out.pop_back();
  out.erase(0, std::min(out.find_first_not_of('\n'), out.size()));
  return out;
}

}  // namespace

bool is_code_block(const outline& page, std::uint32_t pre) {
  for (std::uint32_t i = pre + 1; i < page.entries[pre].end; ++i)
    if (const tag kind = page.entries[i].kind; is_block(kind) && !is_line(kind)) return false;
  return true;
}

std::string code_block(const outline& page, std::uint32_t pre) {
  const std::string code = text_in(page, pre);
  if (code.empty()) return {};
  const std::string fence = fence_for(code);
  return fence + language_of(page.entries[pre].node) + '\n' + code + '\n' + fence;
}

}  // namespace trawl::extract::markdown
