// Out-links of a page: what a scan found, resolved.
#pragma once
#include "crawler/async/generator.hpp"
#include "crawler/extract/page_scan.hpp"
#include "crawler/model/link.hpp"
#include "crawler/url/url.hpp"

namespace trawl::extract {

/// What URLs of the page are resolved against: its first base href, itself resolved, else its address (HTML Standard, 2.4.3).
url::url base_of(const page_scan& scan, const url::url& document);

/// The page's links, resolved against base_of(scan, document), fragment cut, http(s) only, each URL once, in document order. Lazy; both
/// outlive it.
generator<link> links(const page_scan& scan, const url::url& document);

}  // namespace trawl::extract
