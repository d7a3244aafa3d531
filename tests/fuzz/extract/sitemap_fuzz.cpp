// A sitemap: every entry has an absolute http URL that parses to itself, and the tally fits what came.
#include "crawler/extract/sitemap.hpp"
#include "tests/fuzz/input.hpp"

using namespace trawl;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto base = url::parse("https://h/feeds/map.xml");
  html::decoded text;
  extract::decode_sitemap(fuzz::text_of(data, size), "", text);
  extract::sitemap_tally tally;
  std::size_t count = 0;
  for (auto&& entry : extract::sitemap_entries(text.text, *base, tally)) {
    ++count;
    const auto parsed = url::parse(entry.url);
    fuzz::require(parsed && parsed->is_http() && parsed->href() == entry.url, "an entry's URL is absolute, http and normalised");
    fuzz::require(!entry.priority || (*entry.priority >= 0 && *entry.priority <= 1), "a priority is within [0, 1]");
    fuzz::require(fuzz::is_utf8(entry.lastmod), "text is UTF-8");
  }
  fuzz::require(count == tally.entries && count <= extract::most_sitemap_entries, "all that came was counted");
  return 0;
}
