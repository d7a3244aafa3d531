#include "crawler/html/serialize.hpp"

#include <array>

#include "crawler/html/ascii.hpp"

namespace trawl::html {
namespace {

template <std::size_t N>
bool is_any(node n, const std::array<std::string_view, N>& names) noexcept {
  for (const std::string_view name : names)
    if (n.is(name)) return true;
  return false;
}

bool is_silent(node n) noexcept { return is_any(n, std::array<std::string_view, 3>{"script", "style", "template"}); }
bool is_void(node n) noexcept {
  return n.is_html() && is_any(n, std::array<std::string_view, 17>{"area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input", "keygen", "link", "meta", "param",
                                                                   "source", "wbr"});
}
bool is_raw(node n) noexcept {
  return n.is_html() && is_any(n, std::array<std::string_view, 7>{"style", "script", "xmp", "iframe", "noembed", "noframes", "plaintext"});
}

/// 13.3, escaping a string.
void append_escaped(std::string& out, std::string_view s, bool in_attribute) {
  for (std::size_t i = 0; i < s.size(); ++i) {
    const char c = s[i];
    if (c == '&') {
      out += "&amp;";
    } else if (c == '\xC2' && i + 1 < s.size() && s[i + 1] == '\xA0') {
      out += "&nbsp;";
      ++i;
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"' && in_attribute) {
      out += "&quot;";
    } else {
      out += c;
    }
  }
}

void open_tag(std::string& out, node n) {
  out += '<';
  out += lowered(n.name());
  for (std::size_t i = 0; i < n.attribute_count(); ++i) {
    const auto [name, value] = n.attribute_at(i);
    out.append(" ").append(name).append("=\"");
    append_escaped(out, value, true);
    out += '"';
  }
  out += '>';
}

void close_tag(std::string& out, node n) {
  if (n.is_element() && !is_void(n)) out.append("</").append(lowered(n.name())).append(">");
}

}  // namespace

std::string text_of(node n) {
  std::string out;
  for (node at = n; at; at = at.following(n, at == n || !is_silent(at)))
    if (at.is_text()) append_folded(out, at.text());
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

std::string html_of(node n) {
  std::string out;
  for (node at = n; at;) {
    if (at.is_text()) {
      if (is_raw(at.parent())) {
        out += at.text();
      } else {
        append_escaped(out, at.text(), false);
      }
    } else {
      open_tag(out, at);
    }
    if (const node inside = at.first_child()) {
      at = inside;
      continue;
    }
    close_tag(out, at);
    while (at != n && !at.next()) close_tag(out, at = at.parent());
    if (at == n) break;
    at = at.next();
  }
  return out;
}

}  // namespace trawl::html
