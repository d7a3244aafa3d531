#include "crawler/url/pattern.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <cstring>

#include "crawler/url/url.hpp"

namespace trawl::url {
namespace {
constexpr std::size_t longest = 1024;

std::string did_you_mean(std::string_view text) { return "; did you mean '" + std::string(text) + "'?"; }

/// Why a glob can match no normalised http URL; empty when it can. What is looked at: the scheme, characters that a serialised URL never
/// holds (URL Standard, 1.3 and 4.5), and everything before the first '*', which must stand in a URL exactly so.
std::string why_hopeless(std::string_view glob) {
  const std::string_view literal = glob.substr(0, glob.find('*'));
  const auto fits = [&](std::string_view scheme) { return literal.starts_with(scheme) || (literal.size() < glob.size() && scheme.starts_with(literal)); };
  if (!fits("http://") && !fits("https://")) return "matches no http URL: a pattern covers the whole URL" + did_you_mean("*" + std::string(glob));
  if (glob.find('#') != std::string_view::npos) return "matches no URL: fragments are cut off" + did_you_mean(glob.substr(0, glob.find('#')));
  const auto impossible = [](char c) { return c <= ' ' || c >= '\x7f' || c == '"' || c == '<' || c == '>'; };
  if (std::ranges::any_of(glob, impossible)) return "matches no URL: a normalised URL holds no blanks, quotes, '<', '>' or letters beyond ASCII (they are written %20, %22 and so on)";
  const std::size_t host = literal.find("//") + 2;
  const std::size_t path = literal.size() < host ? std::string_view::npos : literal.find('/', host);
  if (literal.size() < glob.size() && path == std::string_view::npos) {
    const std::string_view authority = literal.size() > host ? literal.substr(host) : std::string_view();
    const bool shouts = std::ranges::any_of(authority, [](char c) { return c >= 'A' && c <= 'Z'; });
    return shouts && authority.find('@') == std::string_view::npos ? "matches no URL: hosts are in lower case" : "";
  }
  const std::string_view exact = literal.size() == glob.size() ? glob : literal.substr(0, path + 1);
  const auto parsed = parse(exact);
  if (!parsed) return "matches no URL: '" + std::string(exact) + "' is none";
  return parsed->href() == exact ? "" : "matches no URL as trawl writes them" + did_you_mean(parsed->href() + std::string(glob.substr(exact.size())));
}

/// False only for an expression that is tied to the URL's start and begins as no http URL does: "^/shop/". RE2 gives the bounds between
/// which all that it matches lies; they mean something here only where one '^' governs the whole expression.
bool may_match_http(std::string_view text, const re2::RE2& expression) {
  if (!text.starts_with('^') || text.find('|') != std::string_view::npos) return true;
  std::string low, high;
  if (!expression.PossibleMatchRange(&low, &high, 16) || low.empty()) return true;
  return low <= "https:0" && high + '\xff' >= "http://";  // what follows the match is free
}

}  // namespace

/// What stands between the stars is found leftmost in turn, the first piece at the start, the last at the end.
bool glob_matches(std::string_view glob, std::string_view text) noexcept {
  const std::size_t first_star = glob.find('*');
  if (first_star == std::string_view::npos) return glob == text;
  if (!text.starts_with(glob.substr(0, first_star))) return false;
  text.remove_prefix(first_star);
  for (glob.remove_prefix(first_star + 1);;) {
    const std::size_t star = glob.find('*');
    const std::string_view piece = glob.substr(0, star);
    if (star == std::string_view::npos) return text.ends_with(piece);
    if (!piece.empty()) {
      const void* at = ::memmem(text.data(), text.size(), piece.data(), piece.size());  // linear, unlike string_view::find
      if (at == nullptr) return false;
      text.remove_prefix(static_cast<std::size_t>(static_cast<const char*>(at) - text.data()) + piece.size());
    }
    glob.remove_prefix(star + 1);
  }
}

std::expected<pattern, std::string> pattern::compile(std::string_view text) {
  if (text.empty()) return std::unexpected("an empty pattern matches nothing");
  if (text.size() > longest) return std::unexpected("a pattern may have at most 1024 bytes");
  pattern out;
  if (text.starts_with("re:")) {
    re2::RE2::Options options(re2::RE2::Quiet);
    options.set_max_mem(8 << 20);
    auto expression = std::make_shared<const re2::RE2>(re2::StringPiece(text.data() + 3, text.size() - 3), options);
    if (!expression->ok()) return std::unexpected("not a regular expression (RE2): " + expression->error());
    if (!may_match_http(text.substr(3), *expression)) return std::unexpected("matches no http URL: an expression is looked for in the whole URL, scheme and host too");
    out.expression_ = std::move(expression);
    return out;
  }
  if (const std::string why = why_hopeless(text); !why.empty()) return std::unexpected(why);
  out.glob_ = text;
  return out;
}

bool pattern::matches(std::string_view url) const {
  if (expression_) return re2::RE2::PartialMatch(re2::StringPiece(url.data(), url.size()), *expression_);
  return glob_matches(glob_, url);
}

}  // namespace trawl::url
