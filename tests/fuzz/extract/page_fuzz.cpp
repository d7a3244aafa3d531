// A page from bytes to links: decoding gives UTF-8, the scanner ends, each link is a normalised http URL and comes once.
#include <unordered_set>

#include "crawler/extract/links.hpp"
#include "crawler/html/charset.hpp"
#include "tests/fuzz/input.hpp"

using namespace trawl;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [content_type, bytes] = fuzz::first_line(fuzz::text_of(data, size));
  static const url::url document = *url::parse("http://example.org/a/b.html?c");
  html::decoded page;
  html::decode(bytes, content_type, page);
  fuzz::require(fuzz::is_utf8(page.text), "a decoded page is UTF-8");
  fuzz::require(!page.charset.empty(), "and has a charset");
  const extract::page_scan scan = extract::scan_page(page.text, true);
  std::unordered_set<std::string> seen;
  for (const auto& found : extract::links(scan, document)) {
    fuzz::require(seen.insert(found.value.url).second == found.is_new, "a URL is new once");
    const auto parsed = url::parse(found.value.url);
    fuzz::require(parsed && parsed->is_http() && parsed->href() == found.value.url, "a link is a normalised http URL");
  }
  return 0;
}
