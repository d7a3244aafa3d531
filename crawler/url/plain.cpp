#include "crawler/url/plain.hpp"

#include <array>
#include <charconv>

#include "crawler/url/encode.hpp"

namespace trawl::url {
namespace {

enum byte_class : std::uint8_t { in_path = 1, in_query = 2, in_fragment = 4, in_host = 8, letter = 16 };

constexpr bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Which parts hold each byte as it is. A path's own delimiters ('/', '?', '#', and '\' which is a '/') are in none of its class.
constexpr std::array<std::uint8_t, 256> classes = [] {
  std::array<std::uint8_t, 256> out{};
  for (unsigned b = 0; b < 256; ++b) {
    const char c = static_cast<char>(b);
    unsigned in = 0;
    if (!is_encoded(static_cast<unsigned char>(b), encode_set::path) && c != '\\' && c != '/') in |= in_path;
    if (!is_encoded(static_cast<unsigned char>(b), encode_set::special_query)) in |= in_query;
    if (!is_encoded(static_cast<unsigned char>(b), encode_set::fragment)) in |= in_fragment;
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_') in |= in_host;
    if (is_letter(c)) in |= letter;
    out[b] = static_cast<std::uint8_t>(in);
  }
  return out;
}();

bool is(char c, unsigned in) noexcept { return (classes[static_cast<unsigned char>(c)] & in) != 0; }

std::size_t run_of(std::string_view s, std::size_t at, unsigned in) noexcept {
  while (at < s.size() && is(s[at], in)) ++at;
  return at;
}

/// A host that parse_host would give back unchanged: lower case, no address. Its last label begins with a letter, so it is no number.
bool is_plain_host(std::string_view host) noexcept {
  const std::size_t last = host.rfind('.') + 1;
  return run_of(host, 0, in_host) == host.size() && last < host.size() && is(host[last], letter);
}

class reader {
 public:
  reader(std::string_view input, const url& base) noexcept : in_(input), base_(base) {}

  bool run() noexcept {
    if (in_.starts_with("//")) return authority(base_.scheme, 2);
    if (in_.starts_with("https://")) return authority(in_.substr(0, 5), 8);
    if (in_.starts_with("http://")) return authority(in_.substr(0, 4), 7);
    if (in_.empty() || in_[0] == '#') {
      out.base_query = true;
      return tail(0);
    }
    if (in_[0] == '?') return tail(0);
    if (in_[0] == '/') {
      out.from = plain_reference::start::root;
      return path(0) && tail(at_);
    }
    return relative();
  }

  plain_reference out;

 private:
  bool authority(std::string_view scheme, std::size_t from) noexcept {
    out.from = plain_reference::start::authority;
    out.scheme = scheme;
    std::size_t end = run_of(in_, from, in_host);
    out.host = in_.substr(from, end - from);
    if (out.host.empty() || (out.host != *base_.host && !is_plain_host(out.host))) return false;
    if (end < in_.size() && in_[end] == ':') {
      std::uint16_t number = 0;
      const auto [rest, error] = std::from_chars(in_.data() + end + 1, in_.data() + in_.size(), number);
      if (error != std::errc()) return false;
      if (number != (scheme == "https" ? 443 : 80)) out.port = number;
      end = static_cast<std::size_t>(rest - in_.data());
    }
    if (end < in_.size() && in_[end] == '/') return path(end) && tail(at_);
    return tail(end);
  }

  /// "../" and "./" in front are taken from the base's directory; a ':' may end a scheme and is left to the states.
  bool relative() noexcept {
    out.from = plain_reference::start::directory;
    const std::string_view whole = base_.path;
    out.directory = whole.substr(0, whole.rfind('/'));
    std::size_t at = 0;
    for (;;) {
      const std::string_view rest = in_.substr(at);
      const std::size_t dots = rest.starts_with("../") ? 2 : rest.starts_with("./") ? 1 : 0;
      if (dots == 0) break;
      if (dots == 2) {
        const std::size_t slash = out.directory.rfind('/');
        out.directory = out.directory.substr(0, slash == std::string_view::npos ? 0 : slash);
      }
      at += dots + 1;
    }
    const std::size_t first_end = run_of(in_, at, in_path);
    if (in_.substr(at, first_end - at).find(':') != std::string_view::npos) return false;
    return segments(at, at) && tail(at_);
  }

  bool path(std::size_t from) noexcept { return segments(from, from + 1); }

  /// Whole segments from `at` on. One that begins with '.' or "%2e" may be dots, which remove others: not plain.
  bool segments(std::size_t from, std::size_t at) noexcept {
    for (;; ++at) {
      if (at < in_.size() && (in_[at] == '.' || in_[at] == '%')) return false;
      at = run_of(in_, at, in_path);
      if (at == in_.size() || in_[at] != '/') break;
    }
    out.path = in_.substr(from, at - from);
    at_ = at;
    return true;
  }

  /// "?query#fragment" to the end.
  bool tail(std::size_t at) noexcept {
    if (at < in_.size() && in_[at] == '?') {
      const std::size_t end = run_of(in_, at + 1, in_query);
      out.query = in_.substr(at + 1, end - at - 1);
      at = end;
    }
    if (at < in_.size() && in_[at] == '#') {
      const std::size_t end = run_of(in_, at + 1, in_fragment);
      out.fragment = in_.substr(at + 1, end - at - 1);
      at = end;
    }
    return at == in_.size();
  }

  std::string_view in_;
  const url& base_;
  std::size_t at_ = 0;
};

void append_path(std::string& out, const plain_reference& reference, const url& base) {
  switch (reference.from) {
    case plain_reference::start::authority: out += reference.path.empty() ? std::string_view("/") : reference.path; break;
    case plain_reference::start::root: out += reference.path; break;
    case plain_reference::start::document: out += base.path; break;
    case plain_reference::start::directory:
      out.reserve(out.size() + reference.directory.size() + 1 + reference.path.size());
      out += reference.directory;
      out += '/';
      out += reference.path;
  }
}

}  // namespace

std::optional<plain_reference> read_plain(std::string_view input, const url& base) noexcept {
  if (!base.is_http() || !base.host) return std::nullopt;
  reader r(input, base);
  if (!r.run()) return std::nullopt;
  return r.out;
}

void join(const plain_reference& reference, const url& base, url& out) {
  using start = plain_reference::start;
  const bool own_host = reference.from == start::authority;
  if (own_host) {
    out.scheme = reference.scheme;
    out.host.emplace(reference.host);
    out.port = reference.port;
  } else {
    out.scheme = base.scheme;
    out.username = base.username;
    out.password = base.password;
    out.host = base.host;
    out.port = base.port;
  }
  append_path(out.path, reference, base);
  if (reference.base_query) {
    out.query = base.query;
  } else if (reference.query) {
    out.query.emplace(*reference.query);
  }
  if (reference.fragment) out.fragment.emplace(*reference.fragment);
}

std::string joined(const plain_reference& reference, const url& base) {
  const bool own_host = reference.from == plain_reference::start::authority;
  const std::string_view host = own_host ? reference.host : std::string_view(*base.host);
  const std::optional<std::uint16_t> port = own_host ? reference.port : base.port;
  const std::optional<std::string_view> query = reference.base_query ? std::optional<std::string_view>(base.query) : reference.query;
  std::string out;
  out.reserve(host.size() + base.path.size() + reference.path.size() + (query ? query->size() : 0) + base.username.size() + base.password.size() + 24);
  out += own_host ? reference.scheme : std::string_view(base.scheme);
  out += "://";
  if (!own_host && !(base.username.empty() && base.password.empty())) {
    out += base.username;
    if (!base.password.empty()) (out += ':') += base.password;
    out += '@';
  }
  out += host;
  if (port) (out += ':') += std::to_string(*port);
  append_path(out, reference, base);
  if (query) (out += '?') += *query;
  return out;
}

}  // namespace trawl::url
