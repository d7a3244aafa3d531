#include "crawler/url/pattern.hpp"

#include <re2/re2.h>

namespace trawl::url {
namespace {
constexpr std::size_t longest = 1024;
}

bool glob_matches(std::string_view glob, std::string_view text) noexcept {
  std::size_t g = 0, t = 0, star = std::string_view::npos, retry = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      retry = t;
    } else if (g < glob.size() && glob[g] == text[t]) {
      ++g, ++t;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      t = ++retry;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
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
    out.expression_ = std::move(expression);
    return out;
  }
  const std::string_view literal = text.substr(0, text.find('*'));
  const auto fits = [&](std::string_view scheme) { return literal.starts_with(scheme) || (literal.size() < text.size() && scheme.starts_with(literal)); };
  if (!fits("http://") && !fits("https://"))
    return std::unexpected("matches no http URL: a pattern covers the whole URL; did you mean '*" + std::string(text) + "'?");
  out.glob_ = text;
  return out;
}

bool pattern::matches(std::string_view url) const {
  if (expression_) return re2::RE2::PartialMatch(re2::StringPiece(url.data(), url.size()), *expression_);
  return glob_matches(glob_, url);
}

}  // namespace trawl::url
