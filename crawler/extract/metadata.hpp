// What the head of a page says of it, as JSON.
#pragma once
#include <optional>
#include <string>

#include "crawler/extract/content/language.hpp"
#include "crawler/extract/page_scan.hpp"
#include "crawler/url/url.hpp"

namespace trawl::extract {

/// title, description, canonical, language, author, … as a JSON object's text; empty where the page says nothing. `detected`: the language
/// of its main content, where it was looked for.
std::string metadata(const page_scan& scan, const url::url& document, const std::optional<detected_language>& detected = {});

}  // namespace trawl::extract
