// Inputs that people wrote: the HTML pages of the Debian documentation packages, or those under $TRAWL_BENCH_PAGES.
#pragma once
#include <string>
#include <vector>

#include "crawler/extract/page_scan.hpp"
#include "crawler/url/url.hpp"

namespace trawl::bench {

/// A page of 30 to 100 KB and what a scan finds in it.
struct real_page {
  std::string body;
  extract::page_scan scan;
  url::url address;  ///< made from its file's name: http://docs.example.org/…
};

/// At most 64 pages, picked evenly from all that there are; read once. Empty where no documentation is installed.
const std::vector<real_page>& real_pages();

/// $TRAWL_BENCH_ROBOTS, or a file of 100 rules as shops and wikis have them, with stars and anchors.
std::string robots_file();

}  // namespace trawl::bench
