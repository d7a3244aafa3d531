#include "crawler/extract/content/link_blocks.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "crawler/html/ascii.hpp"
#include "crawler/html/serialize.hpp"

namespace trawl::extract {
namespace {

/// How lines begin that send a reader elsewhere, lower case.
constexpr auto calls = std::to_array<std::string_view>({
    "advertisement",    "also read",        "anzeige",
    "auch interessant", "auch lesenswert",  "comments",
    "continue reading", "czytaj te",        "czytaj wi",
    "das könnte",       "empfehlungen",     "foto:",
    "hier finden sie",  "kommentare",       "le puede interesar",
    "lea más",          "lea tamb",         "leggi anche",
    "lesen sie",        "lees ook",         "lire aussi",
    "à lire",           "mehr zum thema",   "mehr zu:",
    "more from",        "more on this",     "más informaci",
    "newsletter",       "puedes ver",       "passend dazu",
    "quelle:",          "read also",        "read more",
    "read next",        "recommended",      "related",
    "saiba mais",       "see also",         "share this",
    "share on",         "siehe auch",       "te puede interesar",
    "teilen",           "titelbild",        "veja tamb",
    "verwandte",        "voir aussi",       "weiterlesen",
    "weitere artikel",  "weitere beiträge", "weitere informationen",
    "weitere themen",   "you may also",     "you might also",
    "zobacz te",        "zum thema",        "zum weiterlesen",
    "zurück zu",
});

bool is_call(const outline_entry& e, std::size_t entries) {
  if (e.text > 100 || e.text < 5 || entries > 32) return false;
  const std::string text = html::lowered(html::text_of(e.node));
  return std::ranges::any_of(calls, [&](std::string_view call) { return text.starts_with(call); });
}

constexpr std::uint32_t longest_bare_heading = 100;  // longer ones are text that is set large

bool leads_away(const outline_entry& e) noexcept {
  if (e.text == 0 || e.links == 0) return false;
  const std::uint64_t percent = std::uint64_t{e.links} * 100 / e.text;
  switch (e.kind) {
    case tag::p:
    case tag::blockquote: return percent >= 70 && e.text < 200;
    case tag::li:
    case tag::td:
    case tag::th:
    case tag::tr:
    case tag::tbody:
    case tag::dd:
    case tag::dt:
    case tag::body: return false;
    case tag::h1: return false;
    default: return percent >= 60;
  }
}

}  // namespace

void drop_link_blocks(outline& page) {
  for (std::size_t i = 1; i < page.entries.size(); ++i) {
    outline_entry& e = page.entries[i];
    if (!e.is_dropped && is_block(e.kind) && (leads_away(e) || is_call(e, e.end - i))) e.is_dropped = true;
  }
  page.measure();
}

void drop_bare_headings(outline& page, std::uint32_t root) {
  auto& all = page.entries;
  std::array<bool, 7> has_text{};  // behind this place, before a heading of this level or a higher one
  std::vector<std::uint32_t> seen;
  for (std::uint32_t i = root; i < all[root].end;) {
    if (all[i].is_dropped && i != root) {
      i = all[i].end;
      continue;
    }
    if (is_heading(all[i].kind) || (all[i].kind == tag::text && all[i].text > 0) || all[i].kind == tag::img) seen.push_back(i);
    i = is_heading(all[i].kind) ? all[i].end : i + 1;
  }
  for (std::size_t at = seen.size(); at-- > 0;) {
    outline_entry& e = all[seen[at]];
    if (!is_heading(e.kind)) {
      has_text.fill(true);
      continue;
    }
    const auto level = static_cast<std::size_t>(heading_level(e.kind));
    if (!has_text[level] && level > 1 && e.text < longest_bare_heading) {
      e.is_dropped = true;
      continue;
    }
    std::fill(has_text.begin() + static_cast<std::ptrdiff_t>(level), has_text.end(), false);  // for what stands above, this is where its text ends
  }
}

}  // namespace trawl::extract
