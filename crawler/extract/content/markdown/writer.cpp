#include "crawler/extract/content/markdown/writer.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

#include "crawler/extract/content/markdown/addresses.hpp"
#include "crawler/extract/content/markdown/blocks.hpp"
#include "crawler/extract/content/markdown/code_block.hpp"
#include "crawler/extract/content/markdown/phrasing.hpp"
#include "crawler/extract/content/markdown/table.hpp"
#include "crawler/html/ascii.hpp"

namespace trawl::extract {
namespace {

/// The number of an ordered list's first item.
long long start_of(html::node list) {
  const std::string_view text = html::trimmed(list.attribute("start").value_or("1"));
  long long out = 1;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return std::clamp(out, 0LL, 999'999'999LL);
}

class writer {
 public:
  writer(const outline& page, const url::url& base, std::size_t room) : page_(page), all_(page.entries), where_(base), words_(where_), room_(room) {}

  std::string write(std::uint32_t root) {
    root_ = root;
    for (std::uint32_t i = root; i < all_[root].end && blocks_.size() + words_.line.size() < room_;) {
      for (; !open_.empty() && all_[open_.back()].end <= i; open_.pop_back()) leave(open_.back());
      i = all_[i].is_dropped && i != root ? all_[i].end : enter(i);
    }
    for (; !open_.empty(); open_.pop_back()) leave(open_.back());
    flush();
    return blocks_.take();
  }

 private:
  /// The entry to go on with.
  std::uint32_t enter(std::uint32_t i) {
    const outline_entry& e = all_[i];
    if (e.kind == tag::br && words_.line.is_after_break() && heading_ == 0) {  // two in a row part paragraphs
      flush();
      return i + 1;
    }
    if (!is_block(e.kind)) {
      words_.enter(e);
      if (e.kind != tag::text) open_.push_back(i);
      return i + 1;
    }
    flush();
    if (e.kind == tag::pre && markdown::is_code_block(page_, i)) return put(markdown::code_block(page_, i)), e.end;
    if (e.kind == tag::table && markdown::is_data_table(page_, i)) return put_table(i), e.end;
    open_.push_back(i);
    open_block(e);
    return i + 1;
  }

  void open_block(const outline_entry& e) {
    switch (e.kind) {
      case tag::ul: return blocks_.open_list(-1);
      case tag::ol: return blocks_.open_list(start_of(e.node));
      case tag::dd: blocks_.open_list(-1); return blocks_.open_item();
      case tag::li:
        if (is_item(e)) blocks_.open_item();
        return;
      case tag::blockquote: return blocks_.open_quote();
      case tag::hr: return blocks_.rule();
      default:
        if (is_heading(e.kind)) heading_ = heading_level(e.kind);
    }
  }

  void leave(std::uint32_t i) {
    const outline_entry& e = all_[i];
    if (!is_block(e.kind)) return words_.leave(e);
    flush();
    if (is_heading(e.kind)) heading_ = 0;
    switch (e.kind) {
      case tag::ul:
      case tag::ol: return blocks_.close_list();
      case tag::dd: blocks_.close_item(); return blocks_.close_list();
      case tag::li:
        if (is_item(e)) blocks_.close_item();
        return;
      case tag::blockquote: return blocks_.close_quote();
      default: return;
    }
  }

  /// Of a list that is written, which may not be so where the content begins. What is wrongly nested may have emphasis between the two.
  bool is_item(const outline_entry& li) const noexcept {
    std::uint32_t above = li.parent;
    while (above > root_ && !is_block(all_[above].kind)) above = all_[above].parent;
    return above >= root_ && &li != &all_[root_] && (all_[above].kind == tag::ul || all_[above].kind == tag::ol);
  }

  void flush() {
    if (words_.line.empty()) return;
    const std::string text = words_.line.take();
    if (text.empty()) return;
    if (heading_ > 0) {
      blocks_.heading(heading_, text);
    } else {
      blocks_.paragraph(text);
    }
  }

  void put(const std::string& lines) {
    if (!lines.empty()) blocks_.lines(lines);
  }

  void put_table(std::uint32_t table) {
    const auto [caption, lines] = markdown::read_table(page_, table, where_, room_);
    if (!caption.empty()) blocks_.paragraph(caption);
    put(lines);
  }

  const outline& page_;
  const std::vector<outline_entry>& all_;
  markdown::addresses where_;
  markdown::phrasing words_;
  markdown::blocks blocks_;
  std::size_t room_;
  std::uint32_t root_ = 0;
  std::vector<std::uint32_t> open_;
  int heading_ = 0;  ///< level of the heading that is open; 0: none
};

}  // namespace

std::string markdown_of(const outline& page, std::uint32_t root, const url::url& base, std::size_t room) {
  return page.entries.empty() ? std::string() : writer(page, base, room).write(root);
}

}  // namespace trawl::extract
