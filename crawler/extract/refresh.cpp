#include "crawler/extract/refresh.hpp"

#include "crawler/html/ascii.hpp"
#include "crawler/url/url.hpp"

namespace trawl::extract {
namespace {

bool is_separator(char c) noexcept { return c == ';' || c == ','; }

/// What is left of the content, with the moves that the steps make.
class cursor {
 public:
  explicit cursor(std::string_view content) noexcept : rest_(content) {}
  std::string_view rest() const noexcept { return rest_; }

  template <class In>
  std::size_t skip(In in) noexcept {
    std::size_t count = 0;
    while (count < rest_.size() && in(rest_[count])) ++count;
    rest_.remove_prefix(count);
    return count;
  }
  void skip_blanks() noexcept { skip(html::is_space); }

  /// Passes over one character if it is `wanted` (lower case), whatever its case.
  bool skip_one(char wanted) noexcept {
    if (rest_.empty() || html::lower(rest_.front()) != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }

 private:
  std::string_view rest_;
};

/// Steps 11.9 and 11.10: what a quote opens ends at the next such quote, or nowhere.
std::string_view unquoted(std::string_view rest) noexcept {
  if (rest.empty() || (rest.front() != '"' && rest.front() != '\'')) return rest;
  const char quote = rest.front();
  rest.remove_prefix(1);
  return rest.substr(0, rest.find(quote));
}

/// Step 11: the URL as written, "url=" before it or not. Whoever begins "url=" and breaks off has written a URL that begins so.
std::string_view url_string(cursor at) noexcept {
  const std::string_view whole = at.rest();
  if (!at.skip_one('u')) return unquoted(whole);  // 11.2: "otherwise, jump to the step labeled skip quotes"
  if (!at.skip_one('r') || !at.skip_one('l')) return whole;  // 11.3, 11.4: "otherwise, jump to the step labeled parse"
  at.skip_blanks();
  if (!at.skip_one('=')) return whole;  // 11.6: "otherwise, jump to the step labeled parse"
  at.skip_blanks();
  return unquoted(at.rest());
}

/// Step 11.11. The document's base changes what a URL means, not whether it is one, but for odd ones; one that is always valid does here.
bool is_url(std::string_view written) {
  static const url::url anywhere = *url::parse("https://h/");
  return url::parse(written, &anywhere).has_value();
}

}  // namespace

std::optional<declarative_refresh> read_refresh(std::string_view content) {
  cursor at(content);
  at.skip_blanks();                                                                                 // 3
  if (at.skip(html::is_digit) == 0 && !at.rest().starts_with('.')) return std::nullopt;             // 5, 6
  at.skip([](char c) { return html::is_digit(c) || c == '.'; });                                    // 8
  if (at.rest().empty()) return declarative_refresh{};                                              // 9, 10
  if (!is_separator(at.rest().front()) && !html::is_space(at.rest().front())) return std::nullopt;  // 10.1
  at.skip_blanks();                                                                                 // 10.2
  if (!at.skip_one(';')) at.skip_one(',');                                                          // 10.3
  at.skip_blanks();                                                                                 // 10.4
  if (at.rest().empty()) return declarative_refresh{};
  const std::string_view written = url_string(at);
  if (!is_url(written)) return std::nullopt;  // 11.12
  return declarative_refresh{written};
}

}  // namespace trawl::extract
