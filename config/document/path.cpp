#include "config/document/path.hpp"

#include <algorithm>
#include <charconv>

namespace trawl::config {
namespace {

bool is_plain(std::string_view name) noexcept { return !name.empty() && name.find_first_of(".[]\"= ") == std::string_view::npos; }

/// A name in quotes or up to the next '.' or '['; moves `rest` behind it.
std::expected<std::string, std::string> take_name(std::string_view& rest) {
  if (rest.starts_with('"')) {
    const std::size_t end = rest.find('"', 1);
    if (end == std::string_view::npos) return std::unexpected("a quote without its end");
    std::string name(rest.substr(1, end - 1));
    rest.remove_prefix(end + 1);
    return name;
  }
  const std::size_t end = std::min(rest.find_first_of(".["), rest.size());
  std::string name(rest.substr(0, end));
  rest.remove_prefix(end);
  if (name.empty()) return std::unexpected("a name is missing");
  return name;
}

std::optional<std::size_t> take_index(std::string_view& rest) {
  std::size_t index = 0;
  const auto [end, ec] = std::from_chars(rest.data() + 1, rest.data() + rest.size(), index);
  if (ec != std::errc() || end == rest.data() + rest.size() || *end != ']') return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()) + 1);
  return index;
}

}  // namespace

std::expected<std::vector<path_step>, std::string> parse_path(std::string_view rest) {
  std::vector<path_step> steps;
  do {
    if (!steps.empty()) rest.remove_prefix(1);
    auto name = take_name(rest);
    if (!name) return std::unexpected(name.error());
    steps.push_back({std::move(*name), std::nullopt});
    while (rest.starts_with('[')) {
      const auto index = take_index(rest);
      if (!index) return std::unexpected("an entry of a list is written [0]");
      steps.push_back({{}, index});
    }
    if (steps.size() > deepest_document) return std::unexpected("deeper than 32 levels");
  } while (rest.starts_with('.'));
  if (!rest.empty()) return std::unexpected("text behind a quote or an entry");
  return steps;
}

std::optional<assignment> split_assignment(std::string_view text) noexcept {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (text[i] == '=' && !quoted) return i == 0 ? std::nullopt : std::optional(assignment{text.substr(0, i), text.substr(i + 1)});
  }
  return std::nullopt;
}

std::string item_path(const std::string& path, std::size_t index) { return path + "[" + std::to_string(index) + "]"; }

std::string member_path(const std::string& path, std::string_view name) {
  const std::string shown = is_plain(name) ? std::string(name) : "\"" + std::string(name) + "\"";
  return path.empty() ? shown : path + "." + shown;
}

const node& nearest_node(const node& document, std::string_view path) noexcept {
  const node* at = &document;
  const auto steps = parse_path(path);
  if (!steps) return *at;
  for (const path_step& step : *steps) {
    const bool stands_alone = step.index == 0U && at->is == node::kind::table;  // one table where a list of them may be
    if (stands_alone) continue;
    const node* next = step.index ? (*step.index < at->list.size() ? &at->list[*step.index] : nullptr) : at->find(step.name);
    if (next == nullptr) break;
    at = next;
  }
  return *at;
}

void take_over(node& n, const std::shared_ptr<const origin>& from) {
  n.from = from;
  n.line = n.column = 0;
  for (node& item : n.list) take_over(item, from);
  for (table_entry& entry : n.table) {
    entry.line = entry.column = 0;
    take_over(entry.second, from);
  }
}

}  // namespace trawl::config
