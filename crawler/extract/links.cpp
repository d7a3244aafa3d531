#include "crawler/extract/links.hpp"

#include <unordered_map>

namespace trawl::extract {

url::url base_of(const page_scan& scan, const url::url& document) {
  if (scan.base.empty()) return document;
  auto given = url::parse(scan.base, &document);
  return given && given->scheme != "data" && given->scheme != "javascript" ? std::move(*given) : document;
}

generator<found_link> links(const page_scan& scan, const url::url& document) {
  const url::url base = base_of(scan, document);
  std::unordered_map<std::string, std::size_t> known;
  for (const raw_link& raw : scan.links) {
    const auto target = url::parse(raw.href, &base);
    if (!target || !target->is_http()) continue;
    found_link out{{target->without_fragment(), raw.text, raw.rel, raw.kind}, 0, true};
    const auto [at, is_new] = known.try_emplace(out.value.url, known.size());
    out.index = at->second;
    out.is_new = is_new;
    co_yield std::move(out);
  }
}

}  // namespace trawl::extract
