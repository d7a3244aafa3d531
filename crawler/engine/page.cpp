#include "crawler/engine/page.hpp"

#include <algorithm>

#include "crawler/extract/links.hpp"
#include "crawler/html/charset.hpp"
#include "crawler/url/url.hpp"

namespace trawl::engine {
namespace {

std::string lowered(std::string_view s) {
  std::string out(s);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

bool is_html(std::string_view content_type, std::string_view body) {
  const std::string type = lowered(content_type.substr(0, content_type.find(';')));
  if (type.find("html") != std::string::npos) return true;
  if (!type.empty()) return false;
  const std::string start = lowered(body.substr(0, 512));  // no label: what looks like HTML is read as HTML
  return start.find("<html") != std::string::npos || start.find("<!doctype html") != std::string::npos;
}

/// X-Robots-Tag: `noindex, nofollow` or `agent: nofollow`; several fields add up.
void read_robots_tags(const response& page, std::string_view agent, bool& noindex, bool& nofollow) {
  for (const auto& [name, value] : page.headers) {
    if (!equal_ignoring_case(name, "x-robots-tag")) continue;
    std::string rules = lowered(value);
    const std::size_t colon = rules.find(':');
    if (colon != std::string::npos && rules.find(',') > colon && rules.substr(0, colon) != "unavailable_after") {
      if (rules.substr(0, colon) != lowered(agent)) continue;
      rules.erase(0, colon + 1);
    }
    noindex = noindex || rules.find("noindex") != std::string::npos || rules.find("none") != std::string::npos;
    nofollow = nofollow || rules.find("nofollow") != std::string::npos || rules.find("none") != std::string::npos;
  }
}

bool says_nofollow(std::string_view rel) {
  for (const std::string_view word : {"nofollow", "ugc", "sponsored"})
    for (std::size_t at = rel.find(word); at != std::string_view::npos; at = rel.find(word, at + 1)) {
      const bool starts = at == 0 || rel[at - 1] == ' ';
      const bool ends = at + word.size() == rel.size() || rel[at + word.size()] == ' ';
      if (starts && ends) return true;
    }
  return false;
}

}  // namespace

page_result read_page(const response& page, const page_plan& plan, bool respect_nofollow, std::string_view agent, record& out) {
  page_result result;
  const std::string_view content_type = page.header("content-type").value_or("");
  bool noindex = false, nofollow = false;
  read_robots_tags(page, agent, noindex, nofollow);
  out.noindex = noindex;
  if (page.body_skipped || page.body.empty() || !is_html(content_type, page.body)) return result;
  const auto address = url::parse(page.final_url);
  if (!address) return result;

  html::decoded text;
  html::decode(page.body, content_type, text);
  out.charset = text.charset;
  const extract::page_scan scan = extract::scan_page(text.text, plan.extract.links);
  out.title = scan.title;
  out.noindex = noindex || scan.noindex;
  nofollow = nofollow || scan.nofollow;
  if (plan.extract.links) out.links.emplace();
  for (auto&& found : extract::links(scan, *address)) {
    if ((plan.follow >> static_cast<unsigned>(found.kind)) & 1U) {
      if (respect_nofollow && (nofollow || says_nofollow(found.rel))) {
        result.nofollow.push_back(found.url);
      } else {
        result.follow.push_back(found);
      }
    }
    if (plan.extract.links) out.links->push_back(std::move(found));
  }
  if (plan.extract.metadata) out.metadata = extract::metadata(scan, *address);
  if (plan.extract.html) out.html = std::string(text.text);
  return result;
}

}  // namespace trawl::engine
