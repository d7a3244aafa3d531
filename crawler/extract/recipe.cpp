#include "crawler/extract/recipe.hpp"

#include <algorithm>
#include <unordered_set>

#include "crawler/html/serialize.hpp"
#include "crawler/model/json_text.hpp"

namespace trawl::extract {
namespace {

/// The value of a follow selector: its pseudo element's, else the address that the element has, else its text.
std::string address_of(const html::selector_match& match) {
  if (match.path->gives == html::pseudo_element::none)
    for (const std::string_view name : {"href", "src"})
      if (const auto value = match.element.attribute(name)) return std::string(*value);
  return match.value().value_or("");
}

void fill_in(std::string& text, const std::string& value) {
  const std::size_t at = text.find("{}");
  if (at != std::string::npos) text.replace(at, 2, url::form_encode(value));
}

}  // namespace

item_table::item_table(const config::item_table& settings, const std::string& path, problem_list& problems)
    : label_(settings.name.empty() ? "items" : settings.name), fields_(settings.fields, path + ".fields", problems) {
  if (settings.each.empty()) {
    problems.emplace_back(path, "expected a selector: each");
  } else {
    each_ = compile_selector(settings.each, path + ".each", problems);
    if (each_.has_pseudo_element()) problems.emplace_back(path + ".each", "selects elements; ::text, ::attr() and ::html belong to the fields");
  }
  if (fields_.empty()) problems.emplace_back(path, "expected fields");
  for (std::size_t i = 0; i < settings.required.size(); ++i) {
    const std::string& name = settings.required[i];
    if (!fields_.has(name)) problems.emplace_back(path + ".required[" + std::to_string(i) + "]", "there is no field '" + name + "'");
    required_.push_back(fields_.index(name));
  }
  if (settings.name.empty()) return;
  if (fields_.has("table")) problems.emplace_back(path + ".fields.table", "is the name under which entries of a named table carry it");
  member_ = "\"table\":";
  append_json_string(member_, settings.name);
}

generator<item> item_table::read(html::node root, page_session& session, std::vector<field_fill>& fills) const {
  std::size_t passed_over = 0;
  for (const html::selector_match match : each_.select(root, session.budget)) {
    if (!session.goes_on()) break;
    item out;
    if (fields_.read(match.element, session, member_, required_, fills, out)) {
      co_yield std::move(out);
    } else {
      ++passed_over;
    }
  }
  if (passed_over > 0) session.warn(label_, "passed over for want of a required field: " + std::to_string(passed_over));
}

recipe::recipe(const config::extract& settings, const std::string& path, problem_list& problems) : fields_(settings.fields, path + ".fields", problems) {
  const bool alone = settings.items.size() == 1 && settings.items.front().name.empty();
  std::unordered_set<std::string> names;
  for (std::size_t i = 0; i < settings.items.size(); ++i) {
    const std::string at = alone ? path + ".items" : path + ".items[" + std::to_string(i) + "]";
    if (!alone && settings.items[i].name.empty()) problems.emplace_back(at, "expected a name, as there are several tables");
    if (!names.insert(settings.items[i].name).second && !settings.items[i].name.empty()) problems.emplace_back(at + ".name", "stands twice");
    items_.emplace_back(settings.items[i], at, problems);
  }
  for (std::size_t i = 0; i < settings.follow.size(); ++i) {
    const config::follow_selector& one = settings.follow[i];
    const std::string at = path + ".follow[" + std::to_string(i) + "]";
    if (!one.css) problems.emplace_back(at, "expected a selector: css");
    if (one.url && one.url->find("{}") == std::string::npos) problems.emplace_back(at + ".url", "expected a URL with {} for the value");
    follow_.push_back({one.css ? compile_selector(*one.css, at + ".css", problems) : html::selector(), one.url.value_or("")});
  }
}

extraction recipe::run(html::node root, const url::url& base) const {
  extraction out;
  page_session session(base);
  if (!fields_.empty()) {
    auto fills = fields_.no_fills();
    fields_.read(root, session, {}, {}, fills, out.fields);
    out.fills = std::move(fills);
  }
  if (!items_.empty()) out.items = "[";
  for (const item_table& table : items_) {
    auto fills = table.fields().no_fills();
    for (const item& one : table.read(root, session, fills)) {
      if (out.items.size() > 1) out.items += ',';
      out.items += one;
      ++out.item_count;
    }
    std::ranges::move(fills, std::back_inserter(out.fills));
  }
  if (!items_.empty()) out.items += ']';
  read_follow(root, session, out);
  out.warnings = session.take_warnings();
  return out;
}

void recipe::read_follow(html::node root, page_session& session, extraction& out) const {
  std::unordered_set<std::string> seen;
  for (const follow_rule& rule : follow_)
    for (const html::selector_match match : rule.selector.select(root, session.budget)) {
      if (!session.goes_on()) return;
      std::string address = address_of(match);
      if (address.empty()) continue;
      if (!rule.url.empty()) {
        const std::string value = std::exchange(address, rule.url);
        fill_in(address, value);
      }
      const auto target = url::parse(address, &session.base);
      if (!target || !target->is_http()) continue;
      std::string followed = target->without_fragment();
      session.output -= std::min(session.output, followed.size());  // a URL has all of its base in it
      if (seen.insert(followed).second) out.follow.push_back(std::move(followed));
    }
}

}  // namespace trawl::extract
