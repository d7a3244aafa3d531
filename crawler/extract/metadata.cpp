#include "crawler/extract/metadata.hpp"

#include "crawler/html/ascii.hpp"
#include "crawler/model/json_text.hpp"

namespace trawl::extract {

std::string metadata(const page_scan& scan, const url::url& document, const std::optional<detected_language>& detected) {
  std::string out;
  json_object o(out);
  const auto first_of = [&](std::initializer_list<std::string_view> names) -> std::string {
    for (const std::string_view name : names)
      for (const auto& [key, content] : scan.meta)
        if (key == name && !content.empty()) return html::folded(content);
    return {};
  };
  const auto say = [&](std::string_view key, const std::string& value) {
    if (!value.empty()) o.text(key, value);
  };
  say("title", scan.title);
  say("description", first_of({"description", "og:description"}));
  if (const auto canonical = scan.canonical.empty() ? std::nullopt : url::parse(scan.canonical, &document)) say("canonical", canonical->without_fragment());
  say("language", scan.language);
  if (detected) {
    o.key("detected_language");
    json_object found(out);
    found.text("code", detected->code);
    found.decimal("confidence", detected->confidence);
    found.close();
  }
  say("author", first_of({"author", "article:author"}));
  say("site_name", first_of({"og:site_name"}));
  say("published", first_of({"article:published_time", "date"}));
  say("modified", first_of({"article:modified_time", "last-modified"}));
  say("image", first_of({"og:image"}));
  say("keywords", first_of({"keywords"}));
  say("robots", first_of({"robots"}));
  o.close();
  return out == "{}" ? std::string() : out;
}

}  // namespace trawl::extract
