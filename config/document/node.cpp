#include "config/document/node.hpp"

#include <algorithm>
#include <utility>

#include "config/document/text.hpp"

namespace trawl::config {

bool operator==(const table_entry& a, const table_entry& b) noexcept { return a.first == b.first && a.second == b.second; }

bool operator==(const node& a, const node& b) noexcept {
  return a.is == b.is && a.text == b.text && a.quoted == b.quoted && a.list == b.list && a.table == b.table;
}

const node* node::find(std::string_view key) const noexcept {
  const auto at = std::ranges::find_if(table, [&](const table_entry& e) { return e.first == key; });
  return at == table.end() ? nullptr : &at->second;
}

node* node::find(std::string_view key) noexcept { return const_cast<node*>(std::as_const(*this).find(key)); }

node node::of_text(std::string text, std::shared_ptr<const origin> from) {
  node out;
  out.is = kind::scalar;
  out.text = std::move(text);
  out.quoted = true;
  out.from = std::move(from);
  return out;
}

std::string to_string(const problem& p) {
  std::string out = p.file;
  if (p.line > 0) out += ":" + std::to_string(p.line) + ":" + std::to_string(p.column);
  if (!out.empty()) out += ": ";
  if (!p.path.empty()) out += p.path + ": ";
  return printable(out + p.message);
}

std::expected<node, problem> parse_document(std::string_view text, format as, const std::shared_ptr<const origin>& from) {
  if (text.size() > largest_document) return std::unexpected(problem{from->name, 0, 0, "", "is larger than 8 MiB"});
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (const auto bad = first_unreadable(text)) {
    const std::string_view before = text.substr(0, bad->at);
    const auto line = std::ranges::count(before, '\n') + 1;
    const std::size_t start = before.rfind('\n') + 1;  // npos + 1 is 0: the first line
    return std::unexpected(problem{from->name, static_cast<int>(line), static_cast<int>(bad->at - start) + 1, "", bad->why});
  }
  return as == format::json ? parse_json(text, from) : parse_yaml(text, from);
}

}  // namespace trawl::config
