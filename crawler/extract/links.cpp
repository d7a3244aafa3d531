#include "crawler/extract/links.hpp"

#include <unordered_set>

namespace trawl::extract {

url::url base_of(const page_scan& scan, const url::url& document) {
  if (scan.base.empty()) return document;
  auto given = url::parse(scan.base, &document);
  return given && given->scheme != "data" && given->scheme != "javascript" ? std::move(*given) : document;
}

generator<link> links(const page_scan& scan, const url::url& document) {
  const url::url base = base_of(scan, document);
  std::unordered_set<std::string> seen;
  for (const raw_link& raw : scan.links) {
    const auto target = url::parse(raw.href, &base);
    if (!target || !target->is_http()) continue;
    link out{target->without_fragment(), raw.text, raw.rel, raw.kind};
    if (!seen.insert(out.url).second) continue;
    co_yield std::move(out);
  }
}

}  // namespace trawl::extract
