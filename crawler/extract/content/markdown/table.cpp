#include "crawler/extract/content/markdown/table.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

#include "crawler/extract/content/markdown/phrasing.hpp"
#include "crawler/html/ascii.hpp"

namespace trawl::extract::markdown {
namespace {

constexpr std::size_t longest_cell = 2000;  // a longer one is text that was laid out

bool fits_in_cell(tag kind) noexcept {
  return !is_block(kind) || kind == tag::p || kind == tag::block || kind == tag::td || kind == tag::th || kind == tag::tr || kind == tag::tbody ||
         kind == tag::caption;
}
bool is_cell(tag kind) noexcept { return kind == tag::td || kind == tag::th; }

std::size_t span(html::node cell, std::string_view name) {
  const std::string_view text = html::trimmed(cell.attribute(name).value_or("1"));
  std::size_t out = 1;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return std::clamp<std::size_t>(out, 1, most_columns);
}

using row = std::vector<std::string>;

/// A line of GFM: pipes inside of cells are escaped.
std::string line_of(const row& cells, std::size_t columns) {
  std::string out = "|";
  for (std::size_t i = 0; i < columns; ++i) {
    out += ' ';
    if (i < cells.size()) {
      for (const char c : cells[i]) {
        if (c == '|') out += '\\';
        if (c == '\n') out += "<br>";
        if (c != '\n') out += c;
      }
    }
    out += " |";
  }
  return out;
}

/// Reads a table's rows.
class reader {
 public:
  reader(const outline& page, addresses& where) : all_(page.entries), where_(where) {}

  void read(std::uint32_t table, std::size_t room) {
    for (std::uint32_t i = table + 1; i < all_[table].end && size_ < room;) {
      const outline_entry& e = all_[i];
      if (e.is_dropped) {
        i = e.end;
      } else if (e.kind == tag::tr) {
        rows_.emplace_back();
        skip_spanned();
        ++i;
      } else if (is_cell(e.kind) && !rows_.empty()) {
        add(i);
        i = e.end;
      } else if (e.kind == tag::caption) {
        caption_ = text_in(i);
        i = e.end;
      } else {
        ++i;
      }
    }
  }

  std::string write() const {
    std::size_t columns = 0;
    for (const row& r : rows_) columns = std::max(columns, r.size());
    if (columns == 0) return {};
    std::string out = line_of(has_header_ ? rows_.front() : row(), columns) + "\n|";
    for (std::size_t i = 0; i < columns; ++i) out += " --- |";
    for (std::size_t i = has_header_ ? 1 : 0; i < rows_.size(); ++i)
      if (!rows_[i].empty()) out.append("\n").append(line_of(rows_[i], columns));
    return out;
  }

  const std::string& caption() const noexcept { return caption_; }

 private:
  void add(std::uint32_t cell) {
    row& to = rows_.back();
    if (to.size() >= most_columns) return;
    if (rows_.size() == 1) has_header_ = (has_header_ || to.empty()) && all_[cell].kind == tag::th;
    const std::size_t columns = std::min(span(all_[cell].node, "colspan"), most_columns - to.size()), rows = span(all_[cell].node, "rowspan");
    std::string text = text_in(cell);
    size_ += text.size() + columns;
    for (std::size_t i = 0; i < columns; ++i) {
      if (spanned_.size() <= to.size()) spanned_.resize(to.size() + 1);
      spanned_[to.size()] = rows - 1;
      to.push_back(i == 0 ? std::move(text) : std::string());
    }
    skip_spanned();
  }

  /// Cells of rows above that reach down to here.
  void skip_spanned() {
    row& to = rows_.back();
    while (to.size() < spanned_.size() && spanned_[to.size()] > 0) {
      --spanned_[to.size()];
      to.emplace_back();
    }
  }

  std::string text_in(std::uint32_t cell) {
    phrasing words(where_);
    std::vector<std::uint32_t> open;
    for (std::uint32_t i = cell + 1; i < all_[cell].end;) {
      for (; !open.empty() && all_[open.back()].end <= i; open.pop_back()) leave(words, all_[open.back()]);
      if (all_[i].is_dropped) {
        i = all_[i].end;
        continue;
      }
      if (is_block(all_[i].kind) && !words.line.empty()) words.line.line_break();
      words.enter(all_[i]);
      if (all_[i].kind != tag::text) open.push_back(i);
      ++i;
    }
    for (; !open.empty(); open.pop_back()) leave(words, all_[open.back()]);
    return words.line.take();
  }

  static void leave(phrasing& words, const outline_entry& e) {
    words.leave(e);
    if (is_block(e.kind) && !words.line.empty()) words.line.line_break();
  }

  const std::vector<outline_entry>& all_;
  addresses& where_;
  std::vector<row> rows_;
  std::vector<std::size_t> spanned_;  ///< by column: rows below that a cell still reaches into
  std::string caption_;
  std::size_t size_ = 0;
  bool has_header_ = false;
};

}  // namespace

bool is_data_table(const outline& page, std::uint32_t table) {
  const auto& all = page.entries;
  if (html::equals_ignoring_case(all[table].node.attribute("role").value_or(""), "presentation")) return false;
  std::size_t rows = 0, widest = 0, cells = 0;
  for (std::uint32_t i = table + 1; i < all[table].end; ++i) {
    const outline_entry& e = all[i];
    if (!fits_in_cell(e.kind)) return false;
    if (is_cell(e.kind) && e.text > longest_cell) return false;
    if (e.kind == tag::tr) {
      ++rows;
      cells = 0;
    }
    if (is_cell(e.kind)) widest = std::max(widest, ++cells);
  }
  return rows > 0 && widest > 1;
}

table_text read_table(const outline& page, std::uint32_t table, addresses& where, std::size_t room) {
  reader rows(page, where);
  rows.read(table, room);
  return {rows.caption(), rows.write()};
}

}  // namespace trawl::extract::markdown
