#include "crawler/extract/content/markdown/inline_text.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

#include "crawler/extract/content/markdown/emphasis_marks.hpp"
#include "crawler/extract/content/markdown/escape.hpp"
#include "crawler/html/ascii.hpp"

namespace trawl::extract::markdown {
namespace {

char mark_of(emphasis kind) noexcept {
  switch (kind) {
    case emphasis::strong: return strong_mark;
    case emphasis::em: return em_mark;
    case emphasis::del: return del_mark;
  }
  return 0;
}

}  // namespace

void inline_text::text(std::string_view characters) {
  if (characters.empty()) return;
  put_code();
  std::string folded;
  html::append_folded(folded, characters);
  std::string_view inside = folded;
  if (html::is_space(characters.front())) blank();
  if (inside.ends_with(' ')) inside.remove_suffix(1);
  if (inside.empty()) return;
  begin_piece();
  const std::size_t start = out_.size();
  append_escaped(out_, inside);
  if (const std::size_t at = open_address(std::string_view(out_).substr(start)); at != std::string::npos) address_ = start + at;
  if (html::is_space(characters.back())) blank();
}

void inline_text::blank() {
  put_code();
  is_blank_pending_ = true;
}

void inline_text::line_break() {
  put_code();
  is_break_pending_ = true;
}

void inline_text::open(emphasis kind) {
  const char mark = mark_of(kind);
  open_mark(std::ranges::find(open_, mark) == open_.end() ? mark : '\0');
}

void inline_text::open_link(std::string_view url) {
  const bool is_link = !url.empty() && std::ranges::find(open_, link_mark) == open_.end();
  if (is_link) url_ = url;
  open_mark(is_link ? link_mark : '\0');
}

void inline_text::open_mark(char mark) {
  put_code();
  open_.push_back(mark);
  if (mark == 0) return;
  out_ += mark;
  if (mark == link_mark) urls_.push_back(url_);
}

void inline_text::close() {
  put_code();
  const char mark = open_.back();
  open_.pop_back();
  if (mark != 0) out_ += closing(mark);
}

void inline_text::image(std::string_view alt, std::string_view url) {
  put_code();
  begin_piece();
  out_ += "![";
  append_escaped(out_, html::folded(alt));
  out_ += "](";
  append_destination(out_, url);
  out_ += ')';
}

void inline_text::code(std::string_view characters) { code_ += characters; }

void inline_text::put_code() {
  if (code_.empty()) return;
  const std::string code = std::exchange(code_, {});
  if (html::trimmed(code).empty()) {
    is_blank_pending_ = true;
    return;
  }
  if (html::is_space(code.front())) is_blank_pending_ = true;
  begin_piece();
  append_code_span(out_, code);
  if (html::is_space(code.back())) is_blank_pending_ = true;
}

void inline_text::raw(std::string_view tag) {
  put_code();
  begin_piece();
  out_ += tag;
}

/// An address that something stands close behind is kept from being a link. A blank or break in front of a piece stands outside of what was opened for the
/// piece.
void inline_text::begin_piece() {
  if (address_ != std::string::npos && !is_blank_pending_ && !is_break_pending_) out_.insert(address_, 1, '\\');
  address_ = std::string::npos;
  if ((is_blank_pending_ || is_break_pending_) && has_content_) {
    std::size_t at = out_.size();
    while (at > 0 && is_opening(out_[at - 1])) --at;
    out_.insert(at, 1, is_break_pending_ ? '\n' : ' ');
  }
  is_blank_pending_ = is_break_pending_ = false;
  has_content_ = true;
}

std::string inline_text::take() {
  put_code();
  for (const char mark : open_ | std::views::reverse)
    if (mark != 0) out_ += closing(mark);
  std::string done = has_content_ ? resolve_marks(out_, urls_) : std::string();
  out_.clear();
  urls_.clear();
  is_blank_pending_ = is_break_pending_ = has_content_ = false;
  address_ = std::string::npos;
  for (const char mark : open_) {
    if (mark == 0) continue;
    out_ += mark;
    if (mark == link_mark) urls_.push_back(url_);
  }
  return done;
}

}  // namespace trawl::extract::markdown
