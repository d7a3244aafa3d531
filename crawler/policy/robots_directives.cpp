#include "crawler/policy/robots_directives.hpp"

#include <algorithm>
#include <array>

#include "crawler/model/response.hpp"

namespace trawl::policy {
namespace {

using namespace std::string_view_literals;

constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r'; }
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

template <std::size_t N>
bool is_among(const std::array<std::string_view, N>& names, std::string_view word) noexcept {
  return std::ranges::any_of(names, [word](std::string_view name) { return name.size() == word.size() && equal_ignoring_case(name, word); });
}

/// Rules without a value, those that other search engines brought included: with a colon behind them they are still no agents.
constexpr std::array plain_rules = {"all"sv,          "follow"sv, "index"sv, "indexifembedded"sv, "noai"sv,    "noarchive"sv,       "nocache"sv,    "nofollow"sv,
                                    "noimageai"sv,    "noimageindex"sv, "noindex"sv, "none"sv, "noodp"sv, "nopagereadaloud"sv, "nositelinkssearchbox"sv,
                                    "nosnippet"sv, "notranslate"sv, "noydir"sv};
constexpr std::array rules_with_a_word = {"max-snippet"sv, "max-image-preview"sv, "max-video-preview"sv};
constexpr std::array rules_with_a_date = {"unavailable_after"sv, "unavailable-after"sv};

/// A part of a time ("15" of "15:00") names nobody: a name has a letter, or is the star.
bool is_agent(std::string_view word) noexcept {
  return std::ranges::any_of(word, [](char c) { return c == '*' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80; });
}

/// Whether rules behind that name are for us; a version behind the token ("trawl/1.0") does not count.
bool is_addressed(std::string_view name, std::string_view token) noexcept {
  name = name.substr(0, name.find('/'));
  return name == "*" || equal_ignoring_case(name, "robots") || equal_ignoring_case(name, token);
}

class reader {
 public:
  reader(std::string_view value, std::string_view token) noexcept : value_(value), token_(token) {}

  robots_directives read() noexcept {
    for (;;) {
      skip([](char c) { return is_blank(c) || c == ','; });
      if (at_ == value_.size()) return found_;
      const std::size_t from = at_;
      skip([](char c) { return !is_blank(c) && c != ',' && c != ':'; });
      const std::string_view word = value_.substr(from, at_ - from);
      skip(is_blank);
      const bool has_colon = at_ < value_.size() && value_[at_] == ':';
      if (has_colon) ++at_;
      if (has_colon && !is_among(plain_rules, word)) {
        named(word);
      } else if (is_ours_) {
        obey(word);
      }
    }
  }

 private:
  template <class In>
  void skip(In in) noexcept {
    while (at_ < value_.size() && in(value_[at_])) ++at_;
  }

  void named(std::string_view name) noexcept {
    if (is_among(rules_with_a_word, name)) {
      skip(is_blank);
      skip([](char c) { return !is_blank(c) && c != ','; });
    } else if (is_among(rules_with_a_date, name)) {
      skip_date();
    } else if (is_agent(name)) {
      is_ours_ = is_addressed(name, token_);
    }
  }

  /// RFC 822, RFC 850, ISO 8601 and what people write: up to a comma, and beyond it while digits follow ("Friday, 25-Jun-10 15:00:00 PST").
  void skip_date() noexcept {
    do {
      skip([](char c) { return c != ','; });
      skip([](char c) { return is_blank(c) || c == ','; });
    } while (at_ < value_.size() && is_digit(value_[at_]));
  }

  void obey(std::string_view rule) noexcept {
    const bool is_both = equal_ignoring_case(rule, "none");
    found_.add({.noindex = is_both || equal_ignoring_case(rule, "noindex"), .nofollow = is_both || equal_ignoring_case(rule, "nofollow")});
  }

  std::string_view value_, token_;
  std::size_t at_ = 0;
  bool is_ours_ = true;
  robots_directives found_;
};

}  // namespace

robots_directives read_robots_directives(std::string_view value, std::string_view token) noexcept { return reader(value, token).read(); }

}  // namespace trawl::policy
