#include "crawler/extract/content/tags.hpp"

#include <array>
#include <string_view>
#include <utility>

#include "crawler/html/ascii.hpp"

namespace trawl::extract {
namespace {

using entry = std::pair<std::string_view, tag>;

constexpr auto known = std::to_array<entry>({
    {"a", tag::a},
    {"address", tag::block},
    {"applet", tag::silent},
    {"area", tag::silent},
    {"article", tag::article},
    {"aside", tag::aside},
    {"audio", tag::silent},
    {"b", tag::b},
    {"base", tag::silent},
    {"blockquote", tag::blockquote},
    {"body", tag::body},
    {"br", tag::br},
    {"button", tag::silent},
    {"canvas", tag::silent},
    {"caption", tag::caption},
    {"center", tag::block},
    {"code", tag::code},
    {"datalist", tag::silent},
    {"dd", tag::dd},
    {"del", tag::del},
    {"details", tag::block},
    {"dialog", tag::silent},
    {"dir", tag::ul},
    {"div", tag::block},
    {"dl", tag::dl},
    {"dt", tag::dt},
    {"em", tag::em},
    {"embed", tag::silent},
    {"fieldset", tag::block},
    {"figcaption", tag::figcaption},
    {"figure", tag::figure},
    {"footer", tag::footer},
    {"form", tag::form},
    {"frame", tag::silent},
    {"frameset", tag::silent},
    {"h1", tag::h1},
    {"h2", tag::h2},
    {"h3", tag::h3},
    {"h4", tag::h4},
    {"h5", tag::h5},
    {"h6", tag::h6},
    {"head", tag::silent},
    {"header", tag::header},
    {"hgroup", tag::block},
    {"hr", tag::hr},
    {"html", tag::block},
    {"i", tag::em},
    {"iframe", tag::silent},
    {"img", tag::img},
    {"input", tag::silent},
    {"kbd", tag::code},
    {"legend", tag::block},
    {"li", tag::li},
    {"link", tag::silent},
    {"main", tag::main},
    {"map", tag::silent},
    {"menu", tag::ul},
    {"meta", tag::silent},
    {"meter", tag::silent},
    {"nav", tag::nav},
    {"noembed", tag::silent},
    {"noframes", tag::silent},
    {"noscript", tag::noscript},
    {"object", tag::silent},
    {"ol", tag::ol},
    {"optgroup", tag::silent},
    {"option", tag::silent},
    {"p", tag::p},
    {"param", tag::silent},
    {"plaintext", tag::pre},
    {"listing", tag::pre},
    {"pre", tag::pre},
    {"progress", tag::silent},
    {"q", tag::q},
    {"rp", tag::silent},
    {"rt", tag::silent},
    {"rtc", tag::silent},
    {"s", tag::del},
    {"samp", tag::code},
    {"script", tag::silent},
    {"search", tag::silent},
    {"section", tag::section},
    {"select", tag::silent},
    {"source", tag::silent},
    {"strike", tag::del},
    {"strong", tag::b},
    {"style", tag::silent},
    {"sub", tag::sub},
    {"summary", tag::block},
    {"sup", tag::sup},
    {"svg", tag::silent},
    {"table", tag::table},
    {"tbody", tag::tbody},
    {"td", tag::td},
    {"template", tag::silent},
    {"textarea", tag::silent},
    {"tfoot", tag::tbody},
    {"th", tag::th},
    {"thead", tag::tbody},
    {"title", tag::silent},
    {"tr", tag::tr},
    {"track", tag::silent},
    {"tt", tag::code},
    {"ul", tag::ul},
    {"video", tag::silent},
    {"xmp", tag::pre},
    {"annotation", tag::silent},
});

constexpr std::size_t slots = 512, longest = 10;

constexpr std::size_t slot_of(std::string_view lower_case) noexcept {
  std::uint32_t hash = 2166136261U;
  for (const char c : lower_case) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return (hash ^ (hash >> 15)) % slots;
}

/// Open addressing; index into `known`, one more than it, 0: free.
constexpr auto table = [] {
  std::array<std::uint8_t, slots> out{};
  for (std::size_t i = 0; i < known.size(); ++i) {
    std::size_t at = slot_of(known[i].first);
    while (out[at] != 0) at = (at + 1) % slots;
    out[at] = static_cast<std::uint8_t>(i + 1);
  }
  return out;
}();

}  // namespace

tag tag_of(html::node n) noexcept {
  if (!n.is_element()) return tag::text;
  const std::string_view name = n.name();
  if (name.size() > longest) return tag::inline_;
  std::array<char, longest> lower{};
  for (std::size_t i = 0; i < name.size(); ++i) lower[i] = html::lower(name[i]);
  const std::string_view wanted(lower.data(), name.size());
  for (std::size_t at = slot_of(wanted); table[at] != 0; at = (at + 1) % slots)
    if (known[table[at] - 1].first == wanted) return known[table[at] - 1].second;
  return tag::inline_;
}

bool is_block(tag t) noexcept {
  switch (t) {
    case tag::text:
    case tag::inline_:
    case tag::silent:
    case tag::a:
    case tag::b:
    case tag::br:
    case tag::code:
    case tag::del:
    case tag::em:
    case tag::img:
    case tag::q:
    case tag::sub:
    case tag::sup: return false;
    default: return true;
  }
}

}  // namespace trawl::extract
