// A link as a page writes it, and where it stood. Pure data.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace trawl {

/// Which construct named the URL; the names are those of `scope.follow`.
enum class link_kind : std::uint8_t {
  a,             ///< a[href]
  area,          ///< area[href]
  frame,         ///< frame[src]
  iframe,        ///< iframe[src]
  link,          ///< link[href] rel next, prev, canonical, alternate that is untyped or text/html
  link_all,      ///< any other link[href] that names a document (feeds, oEmbed, amphtml, shortlink)
  meta_refresh,  ///< meta http-equiv=refresh
  img,           ///< img[src], srcset, source
  script,        ///< script[src]
  header_link,   ///< the Link response header
  sitemap,       ///< a sitemap entry
};

/// The name as `scope.follow` and the record write it ("meta-refresh").
std::string_view to_string(link_kind kind) noexcept;
bool from_string(std::string_view name, link_kind& out) noexcept;

/// One out-link of a page, resolved and normalised, fragment cut.
struct link {
  std::string url;
  std::string text;  ///< anchor text, blanks folded; empty unless asked for
  std::string rel;   ///< the rel attribute, lower case
  link_kind kind = link_kind::a;
};

}  // namespace trawl
