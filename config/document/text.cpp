#include "config/document/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trawl::config {
namespace {

/// Length of the UTF-8 sequence at the start of `s`; 0 when there is none (RFC 3629, 4).
std::size_t sequence_length(std::string_view s) noexcept {
  const auto byte = [&](std::size_t i) { return i < s.size() ? static_cast<unsigned char>(s[i]) : 0U; };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned lead = byte(0), second = byte(1);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return follows(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const bool fits = (lead != 0xE0 || second >= 0xA0) && (lead != 0xED || second < 0xA0);
    return fits && follows(1) && follows(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const bool fits = (lead != 0xF0 || second >= 0x90) && (lead != 0xF4 || second < 0x90);
    return fits && follows(1) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::optional<unreadable> first_unreadable(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F) return unreadable{i, "a control character; a document is text"};
    const std::size_t length = sequence_length(text.substr(i));
    if (length == 0) return unreadable{i, "not UTF-8"};
    i += length;
  }
  return std::nullopt;
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    // U+0080 to U+009F are controls too; a terminal takes C2 9B for ESC [.
    const bool c1 = c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (c < 0x20 || c == 0x7F) {
      out += fmt::format("\\x{:02x}", c);
    } else if (c1) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(text[++i]));
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string shortened(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) --most;
  return std::string(text.substr(0, most)) + "…";
}

std::string without_secrets(std::string text, std::span<const std::string> secrets) {
  for (const std::string& secret : secrets) {
    if (secret.empty()) continue;
    for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + 3)) text.replace(at, secret.size(), "***");
  }
  for (std::size_t at = text.find("//"); at != std::string::npos; at = text.find("//", at + 2)) {
    const std::size_t start = at + 2;
    const std::size_t end = std::min(text.find_first_of("/?# \t\r\n", start), text.size());
    const std::size_t sign = std::string_view(text).substr(0, end).rfind('@');
    if (sign != std::string_view::npos && sign >= start) text.replace(start, sign - start, "***");
  }
  return text;
}

std::string nearest(std::string_view wrong, const std::vector<std::string_view>& names) {
  if (wrong.size() > 64) return {};
  std::size_t best = wrong.size() / 3 + 2;  // farther than that is another word
  std::string found;
  for (const std::string_view name : names) {
    std::vector<std::size_t> line(name.size() + 1);
    for (std::size_t j = 0; j <= name.size(); ++j) line[j] = j;
    for (std::size_t i = 1; i <= wrong.size(); ++i) {  // Levenshtein, one row at a time
      std::size_t diagonal = line[0];
      line[0] = i;
      for (std::size_t j = 1; j <= name.size(); ++j) {
        const std::size_t above = line[j];
        line[j] = std::min({line[j] + 1, line[j - 1] + 1, diagonal + (wrong[i - 1] == name[j - 1] ? 0U : 1U)});
        diagonal = above;
      }
    }
    if (line[name.size()] < best) {
      best = line[name.size()];
      found = name;
    }
  }
  return found;
}

}  // namespace trawl::config
