#include "crawler/engine/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "crawler/extract/content/content.hpp"
#include "crawler/extract/link_header.hpp"
#include "crawler/extract/links.hpp"
#include "crawler/extract/metadata.hpp"
#include "crawler/fetch/cache/entry.hpp"
#include "crawler/html/ascii.hpp"
#include "crawler/html/charset.hpp"
#include "crawler/html/type_sniffing.hpp"
#include "crawler/policy/robots_directives.hpp"
#include "crawler/url/url.hpp"

namespace trawl::engine {
namespace {

/// X-Robots-Tag: several fields add up.
policy::robots_directives robots_tags(const response& page, std::string_view agent) {
  policy::robots_directives out;
  for (const auto& [name, value] : page.headers)
    if (equal_ignoring_case(name, "x-robots-tag")) out.add(policy::read_robots_directives(value, agent));
  return out;
}

bool says_nofollow(std::string_view rel) {
  return html::has_word(rel, "nofollow") || html::has_word(rel, "ugc") || html::has_word(rel, "sponsored");
}

/// Fetch Standard, "determine nosniff": the first value counts.
bool forbids_sniffing(const response& page) {
  const std::string_view said = page.header("x-content-type-options").value_or("");
  return html::equals_ignoring_case(html::trimmed(said.substr(0, said.find(','))), "nosniff");
}

/// A URL is followed if one of the places that name it may be; the record has the first.
void take_links(const extract::page_scan& scan, const url::url& address, const page_plan& plan, bool respect_nofollow, bool page_nofollow, record& out, page_result& result) {
  enum class fate : std::uint8_t { left_alone, refused, followed };
  std::vector<fate> fates;
  std::vector<std::pair<std::size_t, std::string>> refused;
  if (plan.extract.links) out.links.emplace();
  bool is_cut = scan.is_cut;
  for (auto&& found : extract::links(scan, address, &is_cut)) {
    if (found.is_new) fates.push_back(fate::left_alone);
    fate& so_far = fates[found.index];
    const bool is_wanted = ((plan.follow >> static_cast<unsigned>(found.value.kind)) & 1U) != 0;
    if (is_wanted && so_far != fate::followed) {
      const bool is_refused = respect_nofollow && (page_nofollow || says_nofollow(found.value.rel));
      if (!is_refused) result.follow.push_back(found.value);
      if (is_refused && so_far == fate::left_alone) refused.emplace_back(found.index, found.value.url);
      so_far = is_refused ? fate::refused : fate::followed;
    }
    if (plan.extract.links && found.is_new) out.links->push_back(std::move(found.value));
  }
  if (is_cut) out.warnings.push_back("not all links were read: more than 524,288, or more than 64 MiB of URLs");
  for (auto& [index, address_text] : refused)
    if (fates[index] == fate::refused) result.nofollow.push_back(std::move(address_text));
}

/// What the response itself names, whatever its body is; before all that the body names.
void take_header_links(const response& page, const url::url& address, extract::page_scan& scan) {
  std::vector<extract::raw_link> named;
  for (const auto& [name, value] : page.headers)
    if (equal_ignoring_case(name, "link")) std::ranges::move(extract::header_links(value, address), std::back_inserter(named));
  scan.links.insert(scan.links.begin(), std::make_move_iterator(named.begin()), std::make_move_iterator(named.end()));
}

/// The main content, and what language it is in.
std::optional<extract::detected_language> take_content(const html::document& tree, const url::url& base, const page_plan& plan, record& out) {
  extract::page_content found = extract::read_content(tree, base, {.text = plan.extract.text, .markdown = plan.extract.markdown, .language = plan.extract.metadata});
  if (found.is_cut) out.warnings.push_back("the main content is cut: more than 500,000 elements or texts, or more than 16 MiB");
  out.text = std::move(found.text);
  out.markdown = std::move(found.markdown);
  return found.language;
}

void take_values(const html::document& tree, const url::url& base, const page_plan& plan, record& out, page_result& result) {
  extract::extraction found = plan.recipe.run(tree.root(), base);
  out.fields = std::move(found.fields);
  out.items = std::move(found.items);
  for (std::string& line : found.warnings) out.warnings.push_back(std::move(line));
  result.items = found.item_count;
  result.fills = std::move(found.fills);
  result.same_depth = std::move(found.follow);
}

}  // namespace

bool is_html(const response& page) {
  const std::string_view label = page.header("content-type").value_or("");
  if (html::lowered(label.substr(0, label.find(';'))).find("html") != std::string::npos) return true;
  if (!html::is_unknown(html::essence_of(label))) return false;
  const std::string_view type = html::sniffed_type(page.body, !forbids_sniffing(page));
  if (type != "text/xml") return type == "text/html";
  // XHTML, perhaps: browsers go by the root element.
  return html::lowered(std::string_view(page.body).substr(0, html::resource_header)).find("<html") != std::string::npos;
}

page_result read_page(const response& page, const page_plan& plan, bool respect_nofollow, std::string_view agent, bool wants_print, record& out) {
  page_result result;
  const std::string_view content_type = page.header("content-type").value_or("");
  policy::robots_directives robots = robots_tags(page, agent);
  out.noindex = robots.noindex;
  if (plan.extract.digests && !page.body_skipped) out.sha256 = fetch::hex_digest(page.body);
  const auto address = url::parse(page.final_url);
  if (!address) return result;
  if (page.body_skipped || page.body.empty() || !is_html(page)) {
    extract::page_scan named;
    take_header_links(page, *address, named);
    if (!named.links.empty()) take_links(named, *address, plan, respect_nofollow, robots.nofollow, out, result);
    return result;
  }

  html::decoded text;
  html::decode(page.body, content_type, text);
  out.charset = text.charset;
  std::optional<html::document> tree;
  if (plan.needs_tree()) tree.emplace(text.text);
  if (tree && !tree->warning().empty()) out.warnings.push_back(tree->warning());
  const bool is_whole = tree && tree->warning().empty();
  extract::page_scan scan = is_whole ? extract::scan_tree(*tree, plan.extract.links, agent) : extract::scan_page(text.text, plan.extract.links, agent);
  take_header_links(page, *address, scan);
  out.title = scan.title;
  robots.add(scan.robots);
  out.noindex = robots.noindex;
  take_links(scan, *address, plan, respect_nofollow, robots.nofollow, out, result);
  const url::url base = extract::base_of(scan, *address);
  if (plan.recipe.needs_tree()) take_values(*tree, base, plan, out, result);
  std::optional<extract::detected_language> language;
  if (plan.wants_content()) language = take_content(*tree, base, plan, out);
  if (plan.extract.metadata) out.metadata = extract::metadata(scan, *address, language);
  if (wants_print || plan.extract.digests) result.print = extract::print_of_html(text.text);
  if (plan.extract.digests) out.simhash = fmt::format("{:016x}", result.print.simhash);
  if (plan.extract.html) out.html = std::string(text.text);
  return result;
}

}  // namespace trawl::engine
