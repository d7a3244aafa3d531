// The grammar of selectors. Matching is in selector_match.cpp.
#include "crawler/html/selector.hpp"

#include <charconv>

#include "crawler/html/ascii.hpp"
#include "crawler/html/entities.hpp"

namespace trawl::html {
namespace {

constexpr std::size_t longest = 4096, most_compounds = 64, deepest = 8;
constexpr std::int32_t largest = 1'000'000'000;

bool is_name_start(char c) noexcept { return is_alpha(c) || c == '_' || c == '\\' || static_cast<unsigned char>(c) >= 0x80; }
bool is_name(char c) noexcept { return is_name_start(c) || is_digit(c) || c == '-'; }

int hex_digit(char c) noexcept {
  if (is_digit(c)) return c - '0';
  return lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10 : -1;
}

}  // namespace

std::string to_string(const selector_error& e) { return "at character " + std::to_string(e.at + 1) + ": " + e.message; }

/// Recursive descent; each step throws the error, which ends at `compile`.
class selector_parser {
 public:
  explicit selector_parser(std::string_view text) : in_(text) {}

  selector run() {
    if (in_.size() > longest) fail("expected at most 4096 characters");
    for (;;) {
      path();
      if (at_ == in_.size()) return std::move(out_);
      if (in_[at_] != ',') fail("expected ',' or the end of the selector");
      ++at_;
    }
  }

 private:
  [[noreturn]] void fail(std::string message) const { throw selector_error{std::min(at_, in_.size()), std::move(message)}; }
  char peek(std::size_t ahead = 0) const noexcept { return at_ + ahead < in_.size() ? in_[at_ + ahead] : '\0'; }
  bool take(char c) noexcept { return peek() == c && at_ < in_.size() ? (++at_, true) : false; }
  bool skip_blanks() noexcept {
    const std::size_t from = at_;
    while (at_ < in_.size() && is_space(in_[at_])) ++at_;
    return at_ > from;
  }

  /// Compounds and combinators up to a comma or the end.
  void path() {
    selector_path p;
    p.first = out_.compounds_.size();
    skip_blanks();
    for (char combinator = 0;;) {
      compound c;
      // "::attr(href)" alone, or behind a blank, is that of every element.
      if (peek() != ':' || peek(1) != ':') c = one_compound();
      c.combinator = combinator;
      out_.compounds_.push_back(std::move(c));
      if (out_.compounds_.size() > most_compounds) fail("expected at most 64 parts");
      if (peek() == ':' && peek(1) == ':') read_pseudo_element(p);
      const bool blank = skip_blanks();
      const char next = peek();
      if (at_ == in_.size() || next == ',') break;
      if (p.gives != pseudo_element::none) fail("expected nothing behind a pseudo element");
      combinator = next == '>' || next == '+' || next == '~' ? next : ' ';
      if (combinator == ' ' && !blank) fail("expected a combinator, ',' or the end of the selector");
      if (combinator != ' ') ++at_, skip_blanks();
    }
    p.last = out_.compounds_.size();
    out_.paths_.push_back(std::move(p));
  }

  compound one_compound() {
    compound out;
    if (take('*')) {
      if (peek() == '|') fail("namespaces are not supported");
    } else if (starts_name()) {
      simple_selector& type = out.tests.emplace_back();
      type.name = lowered(name());
      if (peek() == '|' && peek(1) != '=') fail("namespaces are not supported");
    } else if (peek() != '.' && peek() != '#' && peek() != '[' && peek() != ':') {
      fail("expected a name, '*', '.', '#', '[' or ':'");
    }
    for (;;) {
      if (take('.')) {
        out.tests.emplace_back().is = simple_selector::kind::class_name;
        out.tests.back().name = name("a class name behind '.'");
      } else if (take('#')) {
        out.tests.emplace_back().is = simple_selector::kind::id;
        out.tests.back().name = name("an id behind '#'", true);
      } else if (take('[')) {
        out.tests.push_back(attribute());
      } else if (peek() == ':' && peek(1) != ':') {
        ++at_;
        out.tests.push_back(pseudo_class());
      } else {
        return out;
      }
    }
  }

  bool starts_name() const noexcept { return is_name_start(peek()) || (peek() == '-' && (is_name_start(peek(1)) || peek(1) == '-')); }

  /// An identifier (CSS Syntax 3, 4.3.11), escapes decoded. `hash`: may start with a digit.
  std::string name(const char* expected = "a name", bool hash = false) {
    if (!starts_name() && !(hash && is_name(peek()))) fail(std::string("expected ") + expected);
    std::string out;
    while (at_ < in_.size() && is_name(in_[at_])) {
      if (in_[at_] == '\\') {
        escape(out);
      } else {
        out += in_[at_++];
      }
    }
    return out;
  }

  /// CSS Syntax 3, 4.3.7: up to six hexadecimal digits and one blank, or the character itself.
  void escape(std::string& out) {
    ++at_;
    if (at_ == in_.size() || in_[at_] == '\n') fail("expected a character behind '\\'");
    if (hex_digit(in_[at_]) < 0) return void(out += in_[at_++]);
    char32_t c = 0;
    for (int i = 0; i < 6 && at_ < in_.size() && hex_digit(in_[at_]) >= 0; ++i) c = c * 16 + static_cast<char32_t>(hex_digit(in_[at_++]));
    if (at_ < in_.size() && is_space(in_[at_])) ++at_;
    append_code_point(out, c == 0 ? 0xFFFD : c);
  }

  std::string quoted() {
    const char quote = in_[at_++];
    std::string out;
    while (at_ < in_.size() && in_[at_] != quote) {
      if (in_[at_] == '\\' && peek(1) == '\n') {
        at_ += 2;
      } else if (in_[at_] == '\\') {
        escape(out);
      } else {
        out += in_[at_++];
      }
    }
    if (!take(quote)) fail(std::string("expected ") + quote);
    return out;
  }

  simple_selector attribute() {
    simple_selector out;
    out.is = simple_selector::kind::attribute;
    skip_blanks();
    out.name = lowered(name("an attribute's name"));
    skip_blanks();
    if (take(']')) return out;
    const char sign = peek();
    if (sign == '~' || sign == '|' || sign == '^' || sign == '$' || sign == '*') ++at_;
    if (!take('=')) fail("expected ']', '=', '~=', '|=', '^=', '$=' or '*='");
    out.op = sign;
    skip_blanks();
    out.value = peek() == '"' || peek() == '\'' ? quoted() : name("a value: a name, or characters in quotes");
    skip_blanks();
    if (lower(peek()) == 'i' || lower(peek()) == 's') out.ignores_case = lower(in_[at_++]) == 'i';
    skip_blanks();
    if (!take(']')) fail("expected ']'");
    return out;
  }

  simple_selector pseudo_class() {
    const std::size_t from = at_;
    const std::string which = lowered(name("the name of a pseudo class"));
    simple_selector out;
    out.is = simple_selector::kind::nth;
    out.b = 1;
    out.of_type = which.ends_with("-of-type");
    out.from_end = which.find("last-") != std::string::npos;
    if (which == "first-child" || which == "last-child" || which == "first-of-type" || which == "last-of-type") return out;
    if (which == "nth-child" || which == "nth-last-child" || which == "nth-of-type" || which == "nth-last-of-type") {
      open();
      a_n_plus_b(out);
    } else if (which == "only-child" || which == "only-of-type") {
      simple_selector last = out;
      last.from_end = true;
      compound both;
      both.tests = {std::move(out), std::move(last)};
      out = {};
      out.is = simple_selector::kind::is;
      out.inner.push_back(std::move(both));
      return out;
    } else if (which == "root" || which == "empty" || which == "scope") {
      out.is = which == "root" ? simple_selector::kind::root : which == "empty" ? simple_selector::kind::empty : simple_selector::kind::scope;
      return out;
    } else if (which == "not" || which == "is" || which == "where") {
      open();
      out.is = which == "not" ? simple_selector::kind::is_not : simple_selector::kind::is;
      alternatives(out);
    } else {
      at_ = from;
      fail("':" + which.substr(0, 40) + "' is not supported; there are first-child last-child only-child nth-child() nth-last-child(), the same with of-type, not() is() root empty scope");
    }
    skip_blanks();
    if (!take(')')) fail("expected ')'");
    return out;
  }

  void open() {
    if (!take('(')) fail("expected '('");
    skip_blanks();
  }

  /// Compounds only: with combinators inside, :not() can't be matched in one pass.
  void alternatives(simple_selector& out) {
    if (++depth_ > deepest) fail("expected at most 8 levels of :not() and :is()");
    do {
      skip_blanks();
      out.inner.push_back(one_compound());
      skip_blanks();
      if (peek() != ',' && peek() != ')') fail("expected ',' or ')': combinators are not supported in here");
    } while (take(','));
    --depth_;
  }

  std::int32_t number() {
    std::int32_t value = 0;
    const auto [end, ec] = std::from_chars(in_.data() + at_, in_.data() + in_.size(), value);
    if (ec != std::errc() || value > largest) fail("expected a number");
    at_ = static_cast<std::size_t>(end - in_.data());
    return value;
  }

  /// CSS Syntax 3, 6: odd, even, 5, 2n, -n+3, +2n - 1.
  void a_n_plus_b(simple_selector& out) {
    for (const auto& [word, b] : {std::pair<std::string_view, std::int32_t>{"odd", 1}, {"even", 0}})
      if (starts_ignoring_case(in_.substr(at_), word)) {
        at_ += word.size();
        out.a = 2;
        out.b = b;
        return;
      }
    const bool minus = peek() == '-';
    if (minus || peek() == '+') ++at_;
    const bool digits = is_digit(peek());
    if (!digits && lower(peek()) != 'n') fail("expected odd, even, a number or a form of an+b");
    const std::int32_t first = (digits ? number() : 1) * (minus ? -1 : 1);
    if (lower(peek()) != 'n') {
      out.b = first;
      return;
    }
    ++at_;
    out.a = first;
    out.b = 0;
    skip_blanks();
    if (peek() != '+' && peek() != '-') return;
    const int sign = in_[at_++] == '-' ? -1 : 1;
    skip_blanks();
    if (!is_digit(peek())) fail("expected a number");
    out.b = sign * number();
  }

  void read_pseudo_element(selector_path& p) {
    at_ += 2;
    const std::size_t from = at_;
    const std::string which = lowered(name("text, attr(name) or html"));
    if (which == "text") {
      p.gives = pseudo_element::text;
    } else if (which == "html") {
      p.gives = pseudo_element::html;
    } else if (which == "attr") {
      p.gives = pseudo_element::attribute;
      open();
      p.attribute = lowered(name("an attribute's name"));
      skip_blanks();
      if (!take(')')) fail("expected ')'");
    } else {
      at_ = from;
      fail("expected text, attr(name) or html");
    }
  }

  std::string_view in_;
  std::size_t at_ = 0, depth_ = 0;
  selector out_;
};

std::expected<selector, selector_error> selector::compile(std::string_view text) {
  try {
    return selector_parser(text).run();
  } catch (selector_error& e) {
    return std::unexpected(std::move(e));
  }
}

bool selector::has_pseudo_element() const noexcept {
  for (const selector_path& p : paths_)
    if (p.gives != pseudo_element::none) return true;
  return false;
}

}  // namespace trawl::html
