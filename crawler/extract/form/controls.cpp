#include "crawler/extract/form/controls.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "crawler/html/ascii.hpp"

namespace trawl::extract {
namespace {

using html::node;

bool is_html_element(node n, std::string_view name) noexcept { return n.is_html() && n.is(name); }

/// "Submittable elements" (4.10.2), but for custom elements, which need scripting.
bool is_control(node n) noexcept {
  return is_html_element(n, "input") || is_html_element(n, "button") || is_html_element(n, "select") || is_html_element(n, "textarea");
}

std::string attribute_of(node n, std::string_view name) { return std::string(n.attribute(name).value_or("")); }

/// An input's type, a button's, in lower case; the missing value default where it says none.
std::string type_of(node control) {
  std::string type = html::lowered(attribute_of(control, "type"));
  if (control.is("button")) return type == "reset" || type == "button" ? type : "submit";
  return type.empty() ? "text" : type;
}

bool is_submit_button(node control) {
  if (control.is("button")) return type_of(control) == "submit";
  if (!control.is("input")) return false;
  const std::string type = type_of(control);
  return type == "submit" || type == "image";
}

bool is_any_button(node control) {
  if (control.is("button") || is_submit_button(control)) return true;
  if (!control.is("input")) return false;
  const std::string type = type_of(control);
  return type == "reset" || type == "button";
}

/// A fieldset's legend, the first one, keeps what is in it enabled (4.10.15).
bool is_first_legend_of(node legend, node fieldset) {
  if (!legend || !is_html_element(legend, "legend")) return false;
  for (node child = fieldset.first_child(); child; child = child.next())
    if (is_html_element(child, "legend")) return child == legend;
  return false;
}

/// "disabled" (4.10.18.5). The tree's depth is bounded, so is the walk.
bool is_disabled(node control) {
  if (control.attribute("disabled")) return true;
  node below = control;
  for (node up = control.parent(); up; below = up, up = up.parent())
    if (is_html_element(up, "fieldset") && up.attribute("disabled") && !is_first_legend_of(below, up)) return true;
  return false;
}

node ancestor(node n, std::string_view name) noexcept {
  for (node up = n.parent(); up; up = up.parent())
    if (is_html_element(up, name)) return up;
  return {};
}

bool stands_between_rows(node form) noexcept {
  static constexpr std::array<std::string_view, 5> around_rows = {"table", "tbody", "thead", "tfoot", "tr"};
  const node parent = form.parent();
  return parent && std::ranges::any_of(around_rows, [&](std::string_view name) { return is_html_element(parent, name); });
}

/// All text in a textarea or option, blanks kept; scripts have none to hide here.
std::string raw_text(node of) {
  std::string out;
  for (node n = of.following(of); n; n = n.following(of))
    if (n.is_text()) out += n.text();
  return out;
}

std::string option_value(node option) {
  if (const auto value = option.attribute("value")) return std::string(*value);
  return html::folded(raw_text(option));
}

bool is_option_disabled(node option) {
  const node group = option.parent();
  return option.attribute("disabled") || (group && is_html_element(group, "optgroup") && group.attribute("disabled"));
}

/// The selected options (4.10.7, "selectedness setting algorithm"): of a single choice the last that is marked or, in a drop-down list where
/// none is, the first that may be chosen.
std::vector<node> selected_options(node select) {
  std::vector<node> marked;
  node first;
  for (node n = select.following(select); n; n = n.following(select)) {
    if (!is_html_element(n, "option")) continue;
    if (n.attribute("selected")) marked.push_back(n);
    if (!first && !is_option_disabled(n)) first = n;
  }
  if (select.attribute("multiple")) return marked;
  const std::string size = html::folded(attribute_of(select, "size"));
  const bool is_drop_down = size.empty() || size == "1" || size.find_first_not_of("0123456789") != std::string::npos || size.find_first_not_of('0') == std::string::npos;
  if (marked.empty() && is_drop_down && first) return {first};
  if (marked.size() > 1) marked.erase(marked.begin(), marked.end() - 1);
  return marked;
}

/// The value sanitization algorithms of one-line text (4.10.5.1); other types keep what the page wrote.
std::string input_value(node input, const std::string& type) {
  std::string value = attribute_of(input, "value");
  static constexpr std::array<std::string_view, 6> as_written = {"hidden", "checkbox", "radio", "submit", "button", "image"};
  if (std::ranges::find(as_written, type) != as_written.end()) return value;
  std::erase_if(value, [](char c) { return c == '\r' || c == '\n'; });
  return type == "email" || type == "url" ? std::string(html::trimmed(value)) : value;
}

/// An element's direction as far as a dirname can tell it without looking at the text (3.2.6.4).
std::string direction_of(node n) {
  for (; n; n = n.parent())
    if (const std::string dir = html::lowered(attribute_of(n, "dir")); dir == "rtl" || dir == "ltr") return dir;
  return "ltr";
}

/// What one control sends; steps 5.2 to 5.11 of "constructing the entry list".
void append_entries(node control, std::string_view charset, std::vector<form_entry>& out) {
  const std::string type = control.is("input") ? type_of(control) : "";
  std::string name = attribute_of(control, "name");
  if (type == "image") {
    const std::string prefix = name.empty() ? "" : name + '.';
    out.push_back({prefix + "x", "0"});
    out.push_back({prefix + "y", "0"});
    return;
  }
  if (name.empty()) return;
  if (control.is("select")) {
    for (const node option : selected_options(control))
      if (!is_option_disabled(option)) out.push_back({name, option_value(option)});
    return;
  }
  if (type == "checkbox" || type == "radio") {
    out.push_back({std::move(name), std::string(control.attribute("value").value_or("on"))});
    return;
  }
  if (type == "file") {
    out.push_back({std::move(name), "", true});
    return;
  }
  const bool is_charset = type == "hidden" && html::equals_ignoring_case(name, "_charset_");
  if (is_charset) {
    out.push_back({std::move(name), std::string(charset)});
  } else {
    out.push_back({std::move(name), control.is("textarea") ? raw_text(control) : control.is("button") ? attribute_of(control, "value") : input_value(control, type)});
  }
  const std::string dirname = attribute_of(control, "dirname");
  if (!dirname.empty()) out.push_back({dirname, direction_of(control)});
}

void fill_in(std::vector<form_entry>& entries, const form_values& values) {
  std::map<std::string_view, bool> placed;
  std::vector<form_entry> out;
  for (form_entry& e : entries) {
    const auto set = values.find(e.name);
    if (set != values.end() && std::exchange(placed[set->first], true)) continue;
    if (set != values.end()) e = {set->first, set->second};
    out.push_back(std::move(e));
  }
  for (const auto& [name, value] : values)
    if (!placed[name]) out.push_back({name, value});
  entries = std::move(out);
}

}  // namespace

html::node form_of(html::node element) noexcept { return element && is_html_element(element, "form") ? element : element ? ancestor(element, "form") : node(); }

form_controls::form_controls(html::node root, html::node form) {
  std::unordered_map<std::string_view, node> named;  // the first element of an id is the one it means
  for (node n = root; n; n = n.following(root))
    if (const auto id = n.is_element() ? n.attribute("id") : std::nullopt) named.try_emplace(*id, n);
  node pointed;  // the form between rows that the parser would still point at
  for (node n = root; n && controls_.size() <= most_form_entries; n = n.following(root)) {
    if (is_html_element(n, "form")) pointed = stands_between_rows(n) ? n : node();
    if (!is_control(n)) continue;
    node owner;
    if (const auto id = n.attribute("form")) {
      const auto at = named.find(*id);
      owner = at != named.end() && is_html_element(at->second, "form") ? at->second : node();
    } else if (owner = ancestor(n, "form"); !owner && pointed && ancestor(n, "table") && ancestor(n, "table") == ancestor(pointed, "table")) {
      owner = pointed;
    }
    if (owner == form) controls_.push_back(n);
  }
  for (const node c : controls_)  // 4.10.5.1.16: of a group the last that the page checks stays so
    if (c.is("input") && type_of(c) == "radio" && c.attribute("checked")) checked_[attribute_of(c, "name")] = c;
}

html::node form_controls::submitter(const form_values& values) const {
  node first, named;
  for (const node c : controls_) {
    if (!is_submit_button(c) || is_disabled(c)) continue;
    if (!first) first = c;
    const auto set = values.find(attribute_of(c, "name"));
    if (set == values.end()) continue;
    if (set->second == attribute_of(c, "value")) return c;
    if (!named) named = c;
  }
  return named ? named : first;
}

/// Step 5.1 of "constructing the entry list".
bool form_controls::is_sent(html::node control, html::node submitter) const {
  if (is_disabled(control) || ancestor(control, "datalist")) return false;
  if (is_any_button(control)) return control == submitter;
  if (!control.is("input")) return true;
  const std::string type = type_of(control);
  if (type == "checkbox") return control.attribute("checked").has_value();
  if (type != "radio") return true;
  const std::string group = attribute_of(control, "name");
  const auto chosen = checked_.find(group);
  return chosen != checked_.end() && chosen->second == control;
}

std::expected<std::vector<form_entry>, std::string> form_controls::entries(html::node submitter, std::string_view charset, const form_values& values) const {
  const auto too_large = std::unexpected("the form has more than 10,000 fields or 4 MiB");
  if (controls_.size() > most_form_entries) return too_large;
  std::vector<form_entry> out;
  std::size_t bytes = 0, counted = 0;
  for (const node c : controls_) {
    if (!is_sent(c, submitter)) continue;
    append_entries(c, charset, out);
    for (; counted < out.size(); ++counted) bytes += out[counted].name.size() + out[counted].value.size();
    if (out.size() > most_form_entries || bytes > largest_form) return too_large;
  }
  fill_in(out, values);
  return out;
}

}  // namespace trawl::extract
