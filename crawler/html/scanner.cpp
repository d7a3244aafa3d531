#include "crawler/html/scanner.hpp"

#include <algorithm>
#include <cstring>

#include "crawler/html/ascii.hpp"
#include "crawler/html/entities.hpp"

namespace trawl::html {
namespace {

constexpr std::size_t most_attributes = 512;  // of one tag; a flood beyond that is passed over

bool is_raw(std::string_view name) noexcept {
  return name == "style" || name == "xmp" || name == "iframe" || name == "noembed" || name == "noframes";
}

}  // namespace

std::string token::attribute_value(std::string_view wanted, bool* found) const {
  for (const attribute& a : attributes) {
    if (a.name.size() != wanted.size() || !starts_ignoring_case(a.name, wanted)) continue;
    if (found != nullptr) *found = true;
    return decode_references(a.value, true);
  }
  if (found != nullptr) *found = false;
  return {};
}

bool scanner::next(token& out) {
  out.attributes.clear();
  out.attribute_count = 0;
  out.self_closing = false;
  while (at_ < in_.size()) {
    const std::string_view rest = in_.substr(at_);
    if (at_ < rcdata_end_ || rest.size() < 2 || rest[0] != '<') {
      if (text(out)) return true;
    } else if (is_alpha(rest[1]) || (rest[1] == '/' && rest.size() > 2 && is_alpha(rest[2]))) {
      if (tag(out)) return true;
    } else if (rest.starts_with("<!--")) {
      skip_comment();
    } else if (foreign_.is_current() && rest.starts_with("<![CDATA[")) {
      const std::size_t end = in_.find("]]>", at_);
      at_ = end == std::string_view::npos ? in_.size() : end + 3;
    } else if (rest[1] == '!' || rest[1] == '?' || rest[1] == '/') {
      skip_bogus();
    } else if (text(out)) {
      return true;
    }
  }
  return false;
}

bool scanner::text(token& out) {
  std::size_t end = std::min(rcdata_end_, in_.size());
  if (at_ >= rcdata_end_) {
    const void* found = at_ + 1 < in_.size() ? std::memchr(in_.data() + at_ + 1, '<', in_.size() - at_ - 1) : nullptr;
    end = found == nullptr ? in_.size() : static_cast<std::size_t>(static_cast<const char*>(found) - in_.data());
  }
  out.kind = token_kind::text;
  out.name = {};
  out.source = {};
  out.text = in_.substr(at_, end - at_);
  at_ = end;
  return !foreign_.hides_text();
}

/// 13.2.5.43 on: a comment ends at -->, --!>, or at once as <!--> and <!--->.
void scanner::skip_comment() {
  at_ += 4;
  if (in_.substr(at_).starts_with(">")) return void(at_ += 1);
  if (in_.substr(at_).starts_with("->")) return void(at_ += 2);
  for (;;) {
    const std::size_t dashes = in_.find("--", at_);
    if (dashes == std::string_view::npos) return void(at_ = in_.size());
    std::size_t after = dashes + 2;
    while (after < in_.size() && in_[after] == '-') ++after;
    if (in_.substr(after).starts_with(">")) return void(at_ = after + 1);
    if (in_.substr(after).starts_with("!>")) return void(at_ = after + 2);
    at_ = after;
  }
}

/// Doctypes, processing instructions, "</ x>": all to the next '>'.
void scanner::skip_bogus() {
  const std::size_t end = in_.find('>', at_);
  at_ = end == std::string_view::npos ? in_.size() : end + 1;
}

bool scanner::tag(token& out) {
  const bool closing = in_[at_ + 1] == '/';
  const std::size_t begin = at_;
  std::size_t i = at_ + (closing ? 2 : 1);
  out.kind = closing ? token_kind::end : token_kind::start;
  out.text = {};
  const std::size_t name = i;
  bool has_capitals = false;
  for (; i < in_.size() && !is_space(in_[i]) && in_[i] != '/' && in_[i] != '>'; ++i) has_capitals |= in_[i] >= 'A' && in_[i] <= 'Z';
  out.name = in_.substr(name, i - name);
  if (has_capitals) out.name = out.lowered_name = lowered(out.name);
  at_ = i;
  read_attributes(out);
  if (at_ >= in_.size()) return false;  // a tag that never ends is no tag
  ++at_;
  out.source = in_.substr(begin, at_ - begin);
  out.space = element_space::html;
  if (!closing) {
    after_start(out);
  } else if (foreign_.is_open()) {
    out.space = foreign_.end(out);
  }
  return true;
}

void scanner::read_attributes(token& out) {
  for (;;) {
    while (at_ < in_.size() && (is_space(in_[at_]) || in_[at_] == '/')) {
      out.self_closing = in_[at_] == '/';
      ++at_;
    }
    if (at_ >= in_.size() || in_[at_] == '>') return;
    out.self_closing = false;
    attribute a;
    const std::size_t name = at_++;  // a first '=' belongs to the name
    while (at_ < in_.size() && !is_space(in_[at_]) && in_[at_] != '/' && in_[at_] != '>' && in_[at_] != '=') ++at_;
    a.name = in_.substr(name, at_ - name);
    std::size_t after = at_;
    while (after < in_.size() && is_space(in_[after])) ++after;
    if (after < in_.size() && in_[after] == '=') {
      at_ = after + 1;
      while (at_ < in_.size() && is_space(in_[at_])) ++at_;
      if (at_ < in_.size() && (in_[at_] == '"' || in_[at_] == '\'')) {
        const std::size_t end = in_.find(in_[at_], at_ + 1);
        a.value = in_.substr(at_ + 1, end == std::string_view::npos ? end : end - at_ - 1);
        at_ = end == std::string_view::npos ? in_.size() : end + 1;
      } else {
        const std::size_t value = at_;
        while (at_ < in_.size() && !is_space(in_[at_]) && in_[at_] != '>') ++at_;
        a.value = in_.substr(value, at_ - value);
      }
    }
    ++out.attribute_count;
    if (out.attributes.size() < most_attributes) out.attributes.push_back(a);
  }
}

/// Content models that hide markup (13.2.6.4.4): raw text, script, RCDATA, plaintext. Elements of svg and math have none of them.
void scanner::after_start(token& out) {
  if (foreign_.is_current() || out.name == "svg" || out.name == "math") out.space = foreign_.start(out);
  if (out.space != element_space::html) return;
  if (out.name == "script") {
    at_ = end_of_script(at_);
  } else if (is_raw(out.name)) {
    at_ = find_end_tag(out.name, at_);
  } else if (out.name == "title" || out.name == "textarea") {
    rcdata_end_ = find_end_tag(out.name, at_);
  } else if (out.name == "plaintext") {
    at_ = in_.size();
  }
}

std::size_t scanner::find_end_tag(std::string_view name, std::size_t from) const {
  for (std::size_t at = in_.find("</", from); at != std::string_view::npos; at = in_.find("</", at + 2)) {
    if (!starts_ignoring_case(in_.substr(at + 2), name)) continue;
    const std::size_t after = at + 2 + name.size();
    if (after < in_.size() && (is_space(in_[after]) || in_[after] == '/' || in_[after] == '>')) return at;
  }
  return in_.size();
}

/// Script data and its escaped states (13.2.5.15 on): "<!--" with "<script" inside hides the next "</script>".
std::size_t scanner::end_of_script(std::size_t from) const {
  bool escaped = false, twice = false;
  const auto names_script = [&](std::size_t at) {
    return starts_ignoring_case(in_.substr(at), "script") && at + 6 < in_.size() && (is_space(in_[at + 6]) || in_[at + 6] == '/' || in_[at + 6] == '>');
  };
  for (std::size_t at = in_.find_first_of("<-", from); at != std::string_view::npos; at = in_.find_first_of("<-", at + 1)) {
    const std::string_view rest = in_.substr(at);
    if (!escaped && rest.starts_with("<!--")) {
      escaped = true;
      at += 1;  // the dashes may be part of "-->" already
    } else if (escaped && rest.starts_with("-->")) {
      escaped = twice = false;
    } else if (rest.starts_with("</") && names_script(at + 2)) {
      if (!twice) return at;
      twice = false;
    } else if (escaped && !twice && rest.starts_with("<") && names_script(at + 1)) {
      twice = true;
    }
  }
  return in_.size();
}

}  // namespace trawl::html
