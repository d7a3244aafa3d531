#include "crawler/extract/content/markdown/blocks.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "crawler/extract/content/markdown/escape.hpp"

namespace trawl::extract::markdown {

void blocks::open_quote() {
  const bool is_flat = containers_.size() >= most_containers;
  containers_.push_back({.marker = is_flat ? "" : "> ", .indent = is_flat ? "" : "> "});
}

/// Lists of one kind behind each other would be one: another sign keeps them apart (GFM spec, 5.3).
void blocks::open_list(long long start) {
  const bool is_ordered = start >= 0;
  list made{.number = start, .sign = is_ordered ? '.' : '-', .depth = containers_.size()};
  const bool is_next = is_after_list_ && last_.depth == made.depth && (last_.number >= 0) == is_ordered;
  if (is_next && last_.sign == made.sign) made.sign = is_ordered ? ')' : '+';
  lists_.push_back(made);
}

void blocks::close_list() {
  if (lists_.back().is_begun) {
    last_ = lists_.back();
    is_after_list_ = true;
  }
  lists_.pop_back();
}

void blocks::open_item() {
  list& in = lists_.back();
  container item;
  if (containers_.size() < most_containers) {
    item.marker = in.number < 0 ? std::string(1, in.sign) + ' ' : std::to_string(std::min(in.number, 999'999'999LL)) + in.sign + ' ';
    item.indent.assign(item.marker.size(), ' ');
  }
  if (in.number >= 0) ++in.number;
  containers_.push_back(std::move(item));
}

void blocks::paragraph(std::string_view text) {
  begin_block();
  std::string next;
  for (const container& c : containers_) next += c.indent;
  append_lines(out_, text, next);
  out_ += '\n';
}

void blocks::heading(int level, std::string_view text) {
  begin_block();
  out_.append(static_cast<std::size_t>(level), '#').append(" ");
  std::string line(text);
  std::ranges::replace(line, '\n', ' ');
  const std::size_t end = line.find_last_not_of('#') + 1;  // a run of # at the end would be taken for a closing one
  if (end < line.size() && (end == 0 || line[end - 1] == ' ')) line.insert(end, 1, '\\');
  out_ += line;
  out_ += '\n';
}

void blocks::rule() { lines("***"); }

void blocks::lines(std::string_view text) {
  begin_block();
  for (bool is_first = true;; is_first = false) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (!is_first && end == 0) {
      blank_line();
    } else {
      if (!is_first) begin_line();
      out_.append(text, 0, end).append("\n");
    }
    if (end == text.size()) return;
    text.remove_prefix(end + 1);
  }
}

std::string blocks::take() {
  while (out_.ends_with('\n')) out_.pop_back();
  return std::exchange(out_, {});
}

void blocks::begin_block() {
  if (!out_.empty() && !is_tight()) blank_line();
  begin_line();
  is_after_list_ = false;
}

/// No blank line between the items of a list, nor between an item's first line and the list in it: but a number other than 1 can't follow a
/// paragraph so (GFM spec, 5.3).
bool blocks::is_tight() const {
  const auto in = std::ranges::find_if(lists_, [&](const list& l) { return l.depth < containers_.size() && !containers_[l.depth].is_begun; });
  if (in == lists_.end()) return false;  // no item begins here
  if (in->is_begun) return true;
  const bool is_in_item = in != lists_.begin() && std::prev(in)->depth + 1 == in->depth && containers_[in->depth - 1].is_begun;
  return is_in_item && (in->number < 0 || in->number == 2);
}

void blocks::begin_line() {
  for (container& c : containers_) {
    out_ += c.is_begun ? c.indent : c.marker;
    c.is_begun = true;
  }
  for (list& l : lists_)
    if (l.depth < containers_.size()) l.is_begun = true;
}

/// With nothing but the signs of the quotes it is in.
void blocks::blank_line() {
  std::string line;
  for (const container& c : containers_)
    if (c.is_begun) line += c.indent;
  while (line.ends_with(' ')) line.pop_back();
  out_.append(line).append("\n");
}

}  // namespace trawl::extract::markdown
