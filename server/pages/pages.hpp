// The texts that the service hands out as they are; the build takes them from the files beside this one and of server/api/openapi.
#pragma once
#include <string_view>

namespace trawl::server::pages {

extern const std::string_view docs_html, docs_js, docs_css;  ///< the page that shows the API's document
extern const std::string_view components_json;               ///< the document's parts that no struct describes

}  // namespace trawl::server::pages
