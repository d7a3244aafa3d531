// Out-links of a page: what a scan found, resolved.
#pragma once
#include <cstddef>

#include "crawler/async/generator.hpp"
#include "crawler/extract/page_scan.hpp"
#include "crawler/model/link.hpp"
#include "crawler/url/url.hpp"

namespace trawl::extract {

/// What URLs of the page are resolved against: its first base href, itself resolved, else its address (HTML Standard, 2.4.3).
url::url base_of(const page_scan& scan, const url::url& document);

/// One place where the page names a URL. A page may name it again, by another construct or with another rel.
struct found_link {
  link value;
  std::size_t index = 0;  ///< of the URL among the page's distinct ones, in document order
  bool is_new = true;     ///< the first place that names it
};

/// The page's links, resolved against base_of(scan, document), fragment cut, http(s) only, in document order. A base
/// stands in every link, so a page's length does not bound them: after 64 MiB of URLs the sequence ends, and `is_cut`, where given, is set. Lazy; all
/// that is given outlives it.
generator<found_link> links(const page_scan& scan, const url::url& document, bool* is_cut = nullptr);

}  // namespace trawl::extract
