#include "crawler/extract/xml_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "crawler/html/ascii.hpp"
#include "crawler/html/entities.hpp"

namespace trawl::extract {
namespace {

using html::is_space;

constexpr std::size_t longest_reference = 12;  // "#x0010FFFF" and a little

/// What may begin a name (XML 1.0, 2.3); of what is beyond ASCII nothing is refused.
bool begins_name(char c) noexcept { return html::is_alpha(c) || c == '_' || c == ':' || static_cast<unsigned char>(c) >= 0x80; }

bool ends_name(char c) noexcept { return is_space(c) || c == '/' || c == '>' || c == '<' || c == '='; }

std::size_t name_end(std::string_view s, std::size_t from) noexcept {
  while (from < s.size() && !ends_name(s[from])) ++from;
  return from;
}

/// The character of a numeric reference without '#'; 0 where it is none.
char32_t numeric(std::string_view digits) noexcept {
  const bool is_hex = !digits.empty() && digits.front() == 'x';
  if (is_hex) digits.remove_prefix(1);
  std::uint32_t value = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value, is_hex ? 16 : 10);
  return failure == std::errc() && end == digits.data() + digits.size() ? static_cast<char32_t>(value) : 0;
}

/// Appends what a reference stands for; false if it is unknown.
bool append_reference(std::string& out, std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, char>, 5> predefined = {{{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}}};
  for (const auto& [known, c] : predefined)
    if (name == known) return out += c, true;
  const char32_t c = name.starts_with('#') ? numeric(name.substr(1)) : 0;
  if (c != 0) html::append_code_point(out, c);
  return c != 0;
}

}  // namespace

std::optional<xml_event> xml_reader::next() noexcept {
  while (at_ < text_.size()) {
    if (text_[at_] != '<') {
      const std::size_t from = at_;
      at_ = std::min(text_.find('<', at_), text_.size());
      return xml_event{xml_event::kind::text, {}, {}, text_.substr(from, at_ - from)};
    }
    if (auto found = markup()) return found;
  }
  return std::nullopt;
}

/// At a '<'. Moves on; nullopt where that was nothing to tell.
std::optional<xml_event> xml_reader::markup() noexcept {
  const std::string_view rest = text_.substr(at_);
  if (rest.starts_with("<!--")) return skip_past("-->", at_ + 4), std::nullopt;
  if (rest.starts_with("<?")) return skip_past("?>", at_ + 2), std::nullopt;
  if (rest.starts_with("<![CDATA[")) {
    const std::size_t from = at_ + 9;
    const bool is_closed = skip_past("]]>", from);
    return xml_event{xml_event::kind::cdata, {}, {}, text_.substr(from, at_ - from - (is_closed ? 3 : 0))};
  }
  if (rest.starts_with("<!")) return skip_doctype(), std::nullopt;
  return tag();
}

/// A tag ends at '>'. A '<' before it, which even a quoted value may not hold (3.1, no < in attribute values), means that it is broken.
std::optional<xml_event> xml_reader::tag() noexcept {
  const bool is_end = text_.substr(at_).starts_with("</");
  const std::size_t name_at = at_ + (is_end ? 2 : 1);
  if (name_at >= text_.size() || !begins_name(text_[name_at])) return ++at_, std::nullopt;
  const std::size_t attributes_at = name_end(text_, name_at);
  std::size_t end = attributes_at;
  char quote = 0, before = 0;  // `before`: what stands there but for blanks; a quote that no '=' comes before opens nothing
  for (; end < text_.size() && text_[end] != '<' && (quote != 0 || text_[end] != '>'); ++end) {
    const char c = text_[end];
    if (quote == 0 && (c == '"' || c == '\'') && before == '=') {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    }
    if (!is_space(c)) before = c;
  }
  at_ = end;
  if (end == text_.size() || text_[end] == '<') return std::nullopt;
  ++at_;
  const bool is_empty = !is_end && text_[end - 1] == '/';
  xml_event out;
  out.is = is_end ? xml_event::kind::end : is_empty ? xml_event::kind::empty : xml_event::kind::start;
  out.name = text_.substr(name_at, attributes_at - name_at);
  const std::size_t attributes_end = std::max(attributes_at, end - (is_empty ? 1 : 0));
  out.attributes = text_.substr(attributes_at, attributes_end - attributes_at);
  return out;
}

/// Behind the mark, and true; at the end of the text, and false, where there is none.
bool xml_reader::skip_past(std::string_view mark, std::size_t from) noexcept {
  const std::size_t found = text_.find(mark, from);
  at_ = found == std::string_view::npos ? text_.size() : found + mark.size();
  return found != std::string_view::npos;
}

/// <!DOCTYPE …> with an internal subset in brackets, in which quotes, comments and instructions may hold anything (2.8).
void xml_reader::skip_doctype() noexcept {
  bool in_subset = false;
  for (at_ += 2; at_ < text_.size();) {
    const char c = text_[at_];
    const std::string_view rest = text_.substr(at_);
    if (c == '"' || c == '\'') {
      skip_past(rest.substr(0, 1), at_ + 1);
    } else if (rest.starts_with("<!--")) {
      skip_past("-->", at_ + 4);
    } else if (rest.starts_with("<?")) {
      skip_past("?>", at_ + 2);
    } else {
      ++at_;
      if (c == '[') in_subset = true;
      if (c == ']') in_subset = false;
      if (c == '>' && !in_subset) return;
    }
  }
}

std::string_view local_name(std::string_view name) noexcept { return name.substr(name.find(':') + 1); }

std::string_view prefix_of(std::string_view name) noexcept {
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? std::string_view() : name.substr(0, colon);
}

std::optional<std::string> xml_attribute(std::string_view attributes, std::string_view name) {
  std::size_t at = 0;
  const auto skip_blanks = [&] {
    while (at < attributes.size() && is_space(attributes[at])) ++at;
  };
  while (skip_blanks(), at < attributes.size()) {
    const std::size_t end = name_end(attributes, at);
    const std::string_view here = attributes.substr(at, end - at);
    at = end;
    skip_blanks();
    if (at >= attributes.size() || attributes[at] != '=') {
      at += here.empty() ? 1 : 0;  // a stray character
      continue;
    }
    ++at;
    skip_blanks();
    if (at >= attributes.size()) break;
    const bool is_quoted = attributes[at] == '"' || attributes[at] == '\'';
    const std::size_t from = at + (is_quoted ? 1 : 0);
    const std::size_t close = is_quoted ? attributes.find(attributes[at], from) : attributes.find_first_of(" \t\r\n", from);
    const std::size_t stop = std::min(close, attributes.size());
    at = std::min(stop + 1, attributes.size());
    if (here != name) continue;
    std::string value;
    append_xml_text(value, attributes.substr(from, stop - from));
    return value;
  }
  return std::nullopt;
}

void append_xml_text(std::string& out, std::string_view raw) {
  for (;;) {
    const std::size_t amp = raw.find('&');
    out += raw.substr(0, amp);
    if (amp == std::string_view::npos) return;
    raw.remove_prefix(amp + 1);
    const std::size_t end = raw.substr(0, longest_reference).find(';');
    if (end != std::string_view::npos && append_reference(out, raw.substr(0, end))) {
      raw.remove_prefix(end + 1);
    } else {
      out += '&';
    }
  }
}

}  // namespace trawl::extract
