// JSON (RFC 8259) into nodes with their places. Strict: what a .json file holds beyond the grammar is an error, and trailing text too.
#include <charconv>

#include "config/document/node.hpp"

namespace trawl::config {
namespace {

struct refused {
  std::size_t at;
  std::string why;
};

void append_utf8(std::string& out, std::uint32_t c) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) return put(c);
  if (c < 0x800) return put(0xC0 | c >> 6), put(0x80 | (c & 0x3F));
  if (c < 0x10000) return put(0xE0 | c >> 12), put(0x80 | (c >> 6 & 0x3F)), put(0x80 | (c & 0x3F));
  put(0xF0 | c >> 18), put(0x80 | (c >> 12 & 0x3F)), put(0x80 | (c >> 6 & 0x3F)), put(0x80 | (c & 0x3F));
}

class reader {
 public:
  reader(std::string_view text, std::shared_ptr<const origin> from) : text_(text), from_(std::move(from)) {}

  node document() {
    skip_blanks();
    node out = value(0);
    skip_blanks();
    if (at_ < text_.size()) throw refused{at_, "text behind the end of the document"};
    return out;
  }

  problem place(const refused& r) const {
    const std::string_view before = text_.substr(0, r.at);
    const std::size_t start = before.rfind('\n') + 1;
    int line = 1;
    for (const char c : before) line += c == '\n' ? 1 : 0;
    return {from_->name, line, static_cast<int>(r.at - start) + 1, "", "not JSON: " + r.why};
  }

 private:
  char peek() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }

  void skip_blanks() noexcept {
    for (; at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos; ++at_)
      if (text_[at_] == '\n') ++line_, line_start_ = at_ + 1;
  }

  void expect(char wanted, const char* why) {
    skip_blanks();
    if (peek() != wanted) throw refused{at_, why};
    ++at_;
  }

  node make(node::kind kind) {
    if (++values_ > most_values) throw refused{at_, "more than 200,000 values"};
    node out;
    out.is = kind;
    out.from = from_;
    out.line = line_;
    out.column = static_cast<int>(at_ - line_start_) + 1;
    return out;
  }

  node value(int depth) {
    if (depth >= deepest_document && (peek() == '{' || peek() == '[')) throw refused{at_, "nested deeper than 32 levels"};
    switch (peek()) {
      case '{': return table(depth);
      case '[': return list(depth);
      case '"': {
        node out = make(node::kind::scalar);
        out.quoted = true;
        out.text = string();
        return out;
      }
      default: return word();
    }
  }

  node table(int depth) {
    node out = make(node::kind::table);
    ++at_;
    skip_blanks();
    if (peek() == '}') return ++at_, out;
    for (;;) {
      skip_blanks();
      if (peek() != '"') throw refused{at_, "expected a key in double quotes"};
      table_entry entry{{}, {}, line_, static_cast<int>(at_ - line_start_) + 1};
      entry.first = string();
      expect(':', "expected ':' behind the key");
      skip_blanks();
      entry.second = value(depth + 1);
      out.table.push_back(std::move(entry));
      skip_blanks();
      if (peek() == '}') return ++at_, out;
      expect(',', "expected ',' or '}'");
    }
  }

  node list(int depth) {
    node out = make(node::kind::list);
    ++at_;
    skip_blanks();
    if (peek() == ']') return ++at_, out;
    for (;;) {
      skip_blanks();
      out.list.push_back(value(depth + 1));
      skip_blanks();
      if (peek() == ']') return ++at_, out;
      expect(',', "expected ',' or ']'");
    }
  }

  /// true, false, null or a number.
  node word() {
    node out = make(node::kind::scalar);
    const std::size_t start = at_;
    while (at_ < text_.size() && std::string_view(" \t\r\n,]}:").find(text_[at_]) == std::string_view::npos) ++at_;
    out.text = text_.substr(start, at_ - start);
    if (out.text == "null") out.is = node::kind::null;
    if (out.text == "null" || out.text == "true" || out.text == "false") return out;
    if (!is_number(out.text)) throw refused{start, out.text.empty() ? "expected a value" : "expected a value; text stands in double quotes"};
    return out;
  }

  /// RFC 8259, 6.
  static bool is_number(std::string_view s) noexcept {
    const auto digits = [&] {
      const std::size_t n = std::min(s.find_first_not_of("0123456789"), s.size());
      s.remove_prefix(n);
      return n;
    };
    if (s.starts_with('-')) s.remove_prefix(1);
    const bool zero = s.starts_with('0');
    const std::size_t whole = digits();
    if (whole == 0 || (zero && whole > 1)) return false;
    if (s.starts_with('.')) {
      s.remove_prefix(1);
      if (digits() == 0) return false;
    }
    if (s.starts_with('e') || s.starts_with('E')) {
      s.remove_prefix(1);
      if (s.starts_with('+') || s.starts_with('-')) s.remove_prefix(1);
      if (digits() == 0) return false;
    }
    return s.empty();
  }

  std::string string() {
    const std::size_t start = at_++;
    std::string out;
    for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (static_cast<unsigned char>(text_[at_]) < 0x20) throw refused{at_, "a line end or tab inside a string; write \\n or \\t"};
      if (text_[at_] == '\\') {
        escape(out);
      } else {
        out += text_[at_];
      }
    }
    if (at_ >= text_.size()) throw refused{start, "a string without its end"};
    ++at_;
    return out;
  }

  /// Leaves at_ on the escape's last character.
  void escape(std::string& out) {
    static constexpr std::string_view names = "\"\\/bfnrt", values = "\"\\/\b\f\n\r\t";
    const std::size_t start = at_++;
    if (const std::size_t known = names.find(peek()); peek() != '\0' && known != std::string_view::npos) {
      out += values[known];
      return;
    }
    if (peek() != 'u') throw refused{start, "an unknown escape"};
    std::uint32_t unit = hex(start);
    if (unit >= 0xD800 && unit < 0xDC00 && text_.substr(at_ + 1, 2) == "\\u") {
      at_ += 2;
      const std::uint32_t low = hex(start);
      if (low < 0xDC00 || low > 0xDFFF) throw refused{start, "half a surrogate pair"};
      unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    } else if (unit >= 0xD800 && unit < 0xE000) {
      throw refused{start, "half a surrogate pair"};
    }
    append_utf8(out, unit);
  }

  /// Four hex digits behind the 'u' at at_.
  std::uint32_t hex(std::size_t start) {
    std::uint32_t unit = 0;
    const std::string_view digits = text_.substr(std::min(at_ + 1, text_.size()), 4);
    const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), unit, 16);
    if (digits.size() < 4 || ec != std::errc() || end != digits.data() + 4) throw refused{start, "\\u wants four hex digits"};
    at_ += 4;
    return unit;
  }

  std::string_view text_;
  std::shared_ptr<const origin> from_;
  std::size_t at_ = 0, line_start_ = 0, values_ = 0;
  int line_ = 1;
};

}  // namespace

std::expected<node, problem> parse_json(std::string_view text, const std::shared_ptr<const origin>& from) {
  reader r(text, from);
  try {
    return r.document();
  } catch (const refused& e) {
    return std::unexpected(r.place(e));
  }
}

}  // namespace trawl::config
