// What the head of a page says of it, as JSON.
#pragma once
#include <string>

#include "crawler/extract/page_scan.hpp"
#include "crawler/url/url.hpp"

namespace trawl::extract {

/// title, description, canonical, language, author, … as a JSON object's text; empty where the page says nothing.
std::string metadata(const page_scan& scan, const url::url& document);

}  // namespace trawl::extract
