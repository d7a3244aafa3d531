// The basic URL parser (URL Standard, 4.4), without setters: one pass over the states, each a member function named after its state.
#include <algorithm>
#include <charconv>

#include "crawler/url/encode.hpp"
#include "crawler/url/host.hpp"
#include "crawler/url/plain.hpp"
#include "crawler/url/url.hpp"

namespace trawl::url {
namespace {

bool is_alpha(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool is_special(std::string_view scheme) noexcept {
  return scheme == "http" || scheme == "https" || scheme == "file" || scheme == "ws" || scheme == "wss" || scheme == "ftp";
}
int default_port(std::string_view scheme) noexcept {
  if (scheme == "http" || scheme == "ws") return 80;
  if (scheme == "https" || scheme == "wss") return 443;
  return scheme == "ftp" ? 21 : -1;
}

bool is_drive_letter(std::string_view s) noexcept { return s.size() == 2 && is_alpha(s[0]) && (s[1] == ':' || s[1] == '|'); }
bool is_normal_drive_letter(std::string_view s) noexcept { return s.size() == 2 && is_alpha(s[0]) && s[1] == ':'; }
bool starts_with_drive_letter(std::string_view s) noexcept {
  return s.size() >= 2 && is_drive_letter(s.substr(0, 2)) && (s.size() == 2 || s[2] == '/' || s[2] == '\\' || s[2] == '?' || s[2] == '#');
}

/// "." or ".." written with or without escapes.
bool same_dots(std::string_view segment, int dots) noexcept {
  int seen = 0;
  for (std::size_t i = 0; i < segment.size();) {
    if (segment[i] == '.') {
      ++i;
    } else if (segment.size() - i >= 3 && segment[i] == '%' && segment[i + 1] == '2' && lower(segment[i + 2]) == 'e') {
      i += 3;
    } else {
      return false;
    }
    ++seen;
  }
  return seen == dots;
}

class parser {
 public:
  parser(std::string_view input, const url* base) : in_(input), base_(base) {}

  std::optional<url> run() {
    const std::size_t hash = in_.find('#');
    if (hash != std::string_view::npos) {
      append_encoded(out_.fragment.emplace(), in_.substr(hash + 1), encode_set::fragment);
      in_ = in_.substr(0, hash);
      has_fragment_ = true;
    }
    if (!start()) return std::nullopt;
    return std::move(out_);
  }

 private:
  bool special() const noexcept { return is_special(out_.scheme); }
  bool slash(char c) const noexcept { return c == '/' || (special() && c == '\\'); }

  bool start() {
    if (!in_.empty() && is_alpha(in_[0])) {
      std::size_t end = 1;
      while (end < in_.size() && (is_alpha(in_[end]) || is_digit(in_[end]) || in_[end] == '+' || in_[end] == '-' || in_[end] == '.')) ++end;
      if (end < in_.size() && in_[end] == ':') {
        for (const char c : in_.substr(0, end)) out_.scheme += lower(c);
        return after_scheme(in_.substr(end + 1));
      }
    }
    return no_scheme();
  }

  bool after_scheme(std::string_view rest) {
    if (out_.scheme == "file") return file(rest);
    if (special()) {
      if (base_ != nullptr && base_->scheme == out_.scheme && !rest.starts_with("//")) return relative(rest);
      while (!rest.empty() && (rest[0] == '/' || rest[0] == '\\')) rest.remove_prefix(1);
      return authority(rest);
    }
    if (rest.starts_with("//")) return authority(rest.substr(2));
    if (rest.starts_with('/')) return path(rest);
    return opaque(rest);
  }

  bool no_scheme() {
    if (base_ == nullptr) return false;
    if (base_->opaque_path) {
      if (!in_.empty() || !has_fragment_) return false;
      auto fragment = std::move(out_.fragment);
      out_ = *base_;
      out_.fragment = std::move(fragment);
      return true;
    }
    out_.scheme = base_->scheme;
    return base_->scheme == "file" ? file(in_) : relative(in_);
  }

  bool relative(std::string_view rest) {
    out_.scheme = base_->scheme;
    if (!rest.empty() && slash(rest[0])) {
      if (rest.size() > 1 && slash(rest[1])) {  // relative slash state
        rest.remove_prefix(2);
        if (special())
          while (!rest.empty() && slash(rest[0])) rest.remove_prefix(1);
        return authority(rest);
      }
      copy_authority();
      return path(rest);
    }
    copy_authority();
    out_.path = base_->path;
    if (rest.empty()) {
      out_.query = base_->query;
      return true;
    }
    if (rest[0] == '?') return query(rest.substr(1));
    shorten();
    return path_onto(rest);
  }

  void copy_authority() {
    out_.username = base_->username;
    out_.password = base_->password;
    out_.host = base_->host;
    out_.port = base_->port;
  }

  bool file(std::string_view rest) {
    out_.scheme = "file";
    out_.host = "";
    const bool base_is_file = base_ != nullptr && base_->scheme == "file";
    if (!rest.empty() && slash(rest[0])) {
      if (rest.size() > 1 && slash(rest[1])) return file_host(rest.substr(2));
      if (base_is_file) {  // file slash state
        out_.host = base_->host;
        if (!starts_with_drive_letter(rest.substr(1))) {
          const std::string_view p = base_->path;
          if (p.size() >= 3 && is_normal_drive_letter(p.substr(1, 2)) && (p.size() == 3 || p[3] == '/')) out_.path = std::string(p.substr(0, 3));
        }
      }
      return path_onto(rest);
    }
    if (!base_is_file) return path(rest);
    out_.host = base_->host;
    out_.path = base_->path;
    if (rest.empty()) {
      out_.query = base_->query;
      return true;
    }
    if (rest[0] == '?') return query(rest.substr(1));
    if (starts_with_drive_letter(rest)) {
      out_.path.clear();
    } else {
      shorten();
    }
    return path_onto(rest);
  }

  bool file_host(std::string_view rest) {
    const std::size_t end = std::min(rest.find_first_of("/\\?"), rest.size());
    const std::string_view name = rest.substr(0, end);
    if (is_drive_letter(name)) return path_onto(rest);
    if (!name.empty()) {
      auto host = parse_host(name, true);
      if (!host) return false;
      out_.host = *host == "localhost" ? "" : std::move(*host);
    }
    return path(rest.substr(end));
  }

  bool authority(std::string_view rest) {
    const std::size_t end = std::min(rest.find_first_of(special() ? "/\\?" : "/?"), rest.size());
    std::string_view text = rest.substr(0, end);
    const std::size_t at = text.rfind('@');
    if (at != std::string_view::npos) {
      const std::string_view credentials = text.substr(0, at);
      const std::size_t colon = credentials.find(':');
      append_encoded(out_.username, credentials.substr(0, colon), encode_set::userinfo);
      if (colon != std::string_view::npos) append_encoded(out_.password, credentials.substr(colon + 1), encode_set::userinfo);
      text.remove_prefix(at + 1);
      if (text.empty()) return false;
    }
    bool in_brackets = false;
    std::size_t colon = std::string_view::npos;
    for (std::size_t i = 0; i < text.size() && colon == std::string_view::npos; ++i) {
      if (text[i] == '[') in_brackets = true;
      if (text[i] == ']') in_brackets = false;
      if (text[i] == ':' && !in_brackets) colon = i;
    }
    const std::string_view name = text.substr(0, colon);
    if (name.empty() && (special() || colon != std::string_view::npos)) return false;
    auto host = parse_host(name, special());
    if (!host) return false;
    out_.host = std::move(*host);
    if (colon != std::string_view::npos && !port(text.substr(colon + 1))) return false;
    return path(rest.substr(end));
  }

  bool port(std::string_view digits) {
    if (digits.empty()) return true;
    unsigned value = 0;
    for (const char c : digits) {
      if (!is_digit(c)) return false;
      value = value * 10 + static_cast<unsigned>(c - '0');
      if (value > 65535) return false;
    }
    if (static_cast<int>(value) != default_port(out_.scheme)) out_.port = static_cast<std::uint16_t>(value);
    return true;
  }

  /// Path start state: an empty path is "/" in special URLs.
  bool path(std::string_view rest) {
    out_.path.clear();
    return path_onto(rest);
  }

  bool path_onto(std::string_view rest) {
    const std::size_t question = rest.find('?');
    std::string_view text = rest.substr(0, question);
    const bool leading = !text.empty() && slash(text[0]);
    if (leading) text.remove_prefix(1);
    if (special() || leading || !text.empty()) segments(text);
    return question == std::string_view::npos || query(rest.substr(question + 1));
  }

  void segments(std::string_view text) {
    for (;;) {
      const std::size_t end = std::min(text.find_first_of(special() ? "/\\" : "/"), text.size());
      const std::string_view segment = text.substr(0, end);
      const bool last = end == text.size();
      if (same_dots(segment, 2)) {
        shorten();
        if (last) out_.path += '/';
      } else if (same_dots(segment, 1)) {
        if (last) out_.path += '/';
      } else {
        const bool first = out_.path.empty();
        out_.path += '/';
        const std::size_t start = out_.path.size();
        append_encoded(out_.path, segment, encode_set::path);
        if (out_.scheme == "file" && first && is_drive_letter(segment)) out_.path[start + 1] = ':';
      }
      if (last) return;
      text.remove_prefix(end + 1);
    }
  }

  /// Shortens the path by its last segment, but never by a drive letter (3.1).
  void shorten() {
    std::string& p = out_.path;
    if (out_.scheme == "file" && p.size() == 3 && is_normal_drive_letter(std::string_view(p).substr(1))) return;
    const std::size_t slash_at = p.rfind('/');
    p.erase(slash_at == std::string::npos ? 0 : slash_at);
  }

  bool opaque(std::string_view rest) {
    out_.opaque_path = true;
    const std::size_t question = rest.find('?');
    const std::string_view text = rest.substr(0, question);
    append_encoded(out_.path, text, encode_set::c0_control);
    // A blank before '?' or '#' would be lost when the URL is parsed again.
    if ((question != std::string_view::npos || has_fragment_) && out_.path.ends_with(' ')) out_.path.replace(out_.path.size() - 1, 1, "%20");
    return question == std::string_view::npos || query(rest.substr(question + 1));
  }

  bool query(std::string_view text) {
    append_encoded(out_.query.emplace(), text, special() ? encode_set::special_query : encode_set::query);
    return true;
  }

  std::string_view in_;
  const url* base_;
  url out_;
  bool has_fragment_ = false;
};

/// Strips what the standard strips first: C0 controls and blanks around, tabs and line ends anywhere.
bool needs_cleaning(std::string_view s) noexcept {
  return std::ranges::any_of(s, [](char c) { return c == '\t' || c == '\n' || c == '\r' || static_cast<unsigned char>(c) >= 0x80; });
}

std::string_view trimmed(std::string_view input) noexcept {
  while (!input.empty() && static_cast<unsigned char>(input.front()) <= 0x20) input.remove_prefix(1);
  while (!input.empty() && static_cast<unsigned char>(input.back()) <= 0x20) input.remove_suffix(1);
  return input;
}

}  // namespace

std::optional<url> parse(std::string_view input, const url* base) {
  std::optional<url> out;
  if (const auto plain = base == nullptr ? std::nullopt : read_plain(trimmed(input), *base)) {
    join(*plain, *base, out.emplace());
  } else {
    out = parse_by_states(input, base);
  }
  return out;
}

std::optional<std::string> resolve_http(std::string_view reference, const url& base) {
  if (const auto plain = read_plain(trimmed(reference), base)) return joined(*plain, base);
  const auto target = parse_by_states(reference, &base);
  return target && target->is_http() ? std::optional(target->without_fragment()) : std::nullopt;
}

std::optional<url> parse_by_states(std::string_view input, const url* base) {
  input = trimmed(input);
  if (!needs_cleaning(input)) return parser(input, base).run();
  std::string clean = to_valid_utf8(input);
  std::erase_if(clean, [](char c) { return c == '\t' || c == '\n' || c == '\r'; });
  return parser(clean, base).run();
}

std::string url::href(bool with_fragment) const {
  std::string out;
  out.reserve(scheme.size() + path.size() + (host ? host->size() : 0) + (query ? query->size() : 0) + (with_fragment && fragment ? fragment->size() : 0) + 16);
  out += scheme;
  out += ':';
  if (host) {
    out += "//";
    if (!username.empty() || !password.empty()) {
      out += username;
      if (!password.empty()) (out += ':') += password;
      out += '@';
    }
    out += *host;
    if (port) (out += ':') += std::to_string(*port);
  } else if (!opaque_path && path.starts_with("//")) {
    out += "/.";  // keeps "web+demo:/.//not-a-host/" from growing a host
  }
  out += path;
  if (query) {
    out += '?';
    out += *query;
  }
  if (with_fragment && fragment) {
    out += '#';
    out += *fragment;
  }
  return out;
}

std::string url::origin() const {
  std::string out = scheme + "://" + host.value_or("");
  if (port) out += ':' + std::to_string(*port);
  return out;
}

std::uint16_t url::effective_port() const noexcept {
  if (port) return *port;
  const int standard = default_port(scheme);
  return static_cast<std::uint16_t>(standard < 0 ? 0 : standard);
}

std::string url::host_port() const {
  std::string out = host.value_or("");
  const std::uint16_t p = effective_port();
  if (p != 80 && p != 443) out += ':' + std::to_string(p);
  return out;
}

std::string url::path_and_query() const {
  std::string out = path.empty() ? "/" : path;
  if (query) (out += '?') += *query;
  return out;
}

std::string form_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ' ') {
      out += '+';
    } else {
      append_encoded(out, std::string_view(&c, 1), encode_set::form);
    }
  }
  return out;
}

}  // namespace trawl::url
