// Sitemaps (sitemaps.org, protocol 0.9): XML files and indexes, text files with a URL a line, RSS and Atom feeds. Pure; nothing is
// fetched or unpacked here.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "crawler/async/generator.hpp"
#include "crawler/html/charset.hpp"
#include "crawler/url/url.hpp"

namespace trawl::extract {

/// "a Sitemap file … can have no more than 50,000 URLs and must be no larger than 50MB" uncompressed (XML tag definitions, and FAQ).
inline constexpr std::size_t most_sitemap_entries = 50'000;
inline constexpr std::size_t largest_sitemap = std::size_t{50} << 20;

/// One URL that a sitemap names.
struct sitemap_entry {
  enum class kind : std::uint8_t {
    page,     ///< of a urlset, a feed or a text file
    sitemap,  ///< of a sitemapindex
  };
  std::string url;   ///< absolute, normalised, http or https, without fragment
  kind is = kind::page;
  std::string lastmod;             ///< as written: a W3C Datetime, in feeds also an RFC 822 date; empty if none
  std::optional<double> priority;  ///< within [0, 1]; nullopt if none, or no such number
};

/// How a reading went. Complete when the sequence has ended.
struct sitemap_tally {
  std::size_t entries = 0;  ///< given out
  std::size_t broken = 0;   ///< without a URL that can be used
  bool is_cut = false;      ///< there was more than may be read: too many bytes, or entries
};

/// To UTF-8: BOM, then Content-Type, then the XML declaration's encoding, then as a page (RFC 7303, 3). `bytes` outlives `out`.
void decode_sitemap(std::string_view bytes, std::string_view content_type, html::decoded& out);

/// The entries, in order, as they are asked for. A file that is broken gives all that can be read; one that is neither XML of a known
/// root nor a list of URLs gives none, and counts as one broken entry. Feeds resolve relative links against `base`, the file's address;
/// sitemaps have absolute URLs only ("must begin with the protocol"). Linear time, memory of one entry. All arguments outlive it.
generator<sitemap_entry> sitemap_entries(std::string_view utf8, const url::url& base, sitemap_tally& tally);

}  // namespace trawl::extract
