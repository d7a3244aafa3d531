#include "server/http/head_check.hpp"

#include <algorithm>

#include "crawler/model/response.hpp"

namespace trawl::server::http {
namespace {

using refused = std::unexpected<head_refusal>;
constexpr std::size_t longest_method = 32;

bool is_alnum(char c) noexcept { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// RFC 9110, 5.6.2.
bool is_token(std::string_view s) noexcept {
  return !s.empty() && std::ranges::all_of(s, [](char c) { return is_alnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos; });
}

/// RFC 9110, 5.5: visible characters, obs-text, blanks and tabs.
bool is_value(std::string_view s) noexcept {
  return std::ranges::all_of(s, [](unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7F); });
}

std::string_view trimmed(std::string_view s) noexcept {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
  return s;
}

bool lists(std::string_view value, std::string_view word) noexcept {
  while (!value.empty()) {
    const std::size_t comma = std::min(value.find(','), value.size());
    if (equal_ignoring_case(trimmed(value.substr(0, comma)), word)) return true;
    value.remove_prefix(std::min(comma + 1, value.size()));
  }
  return false;
}

/// RFC 9112, 3.2: origin form; absolute form, whose authority replaces Host; "*" for OPTIONS. Anything else is no target of ours.
std::expected<void, head_refusal> read_target(std::string_view target, head_facts& out) {
  if (!std::ranges::all_of(target, [](unsigned char c) { return c > 0x20 && c < 0x7F && c != '#'; })) return refused({400, "the request target holds what no target may"});
  if (target == "*" && out.method == "OPTIONS") {
    out.target = target;
    return {};
  }
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.size() <= scheme.size() || !equal_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    const std::size_t end = std::min(target.find_first_of("/?"), target.size());
    out.host = target.substr(0, end);
    if (!is_authority(out.host)) return refused({400, "the request target's authority is malformed"});
    target.remove_prefix(end);
    out.target = target.starts_with('/') ? std::string(target) : "/" + std::string(target);
    return {};
  }
  if (!target.starts_with('/')) return refused({400, "the request target is neither a path nor an http URL"});
  out.target = target;
  return {};
}

std::expected<void, head_refusal> read_request_line(std::string_view line, const head_limits& limits, head_facts& out) {
  const std::size_t first = line.find(' '), last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return refused({400, "the request line is malformed"});
  const std::string_view method = line.substr(0, first), target = line.substr(first + 1, last - first - 1), version = line.substr(last + 1);
  if (!is_token(method)) return refused({400, "the method is malformed"});
  if (method.size() > longest_method) return refused({501, "no such method"});
  if (version.size() != 8 || !version.starts_with("HTTP/") || version[6] != '.') return refused({400, "the request line is malformed"});
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return refused({505, "only HTTP/1.1 and HTTP/1.0 are spoken here"});
  if (target.size() > limits.target) return refused({414, "the request target is too long"});
  out.method = method;
  out.minor = version.back() - '0';
  out.keeps_alive = out.minor == 1;
  return read_target(target, out);
}

/// Reads the fields one by one; what may stand only once is counted here.
class field_reader {
 public:
  explicit field_reader(head_facts& out) : out_(out) {}

  std::expected<void, head_refusal> read(std::string_view line) {
    if (line.empty()) return refused({400, "an empty line inside the head"});
    if (line.front() == ' ' || line.front() == '\t') return refused({400, "a folded header line"});  // RFC 9112, 5.2
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return refused({400, "a header line without a colon"});
    const std::string_view name = line.substr(0, colon), value = trimmed(line.substr(colon + 1));
    if (!is_token(name)) return refused({400, "a malformed header name"});  // also a blank before the colon: RFC 9112, 5.1
    if (!is_value(line.substr(colon + 1))) return refused({400, "a control character in a header value"});
    return take(name, value);
  }

  std::expected<void, head_refusal> finish() {
    if (hosts_ == 0 && out_.minor == 1) return refused({400, "Host is missing"});  // RFC 9112, 3.2
    if (lengths_ > 0 && encodings_ > 0) return refused({400, "Content-Length beside Transfer-Encoding"});  // RFC 9112, 6.3
    if (out_.host.empty()) out_.host = host_;
    if (closes_) out_.keeps_alive = false;
    return {};
  }

 private:
  std::expected<void, head_refusal> take(std::string_view name, std::string_view value) {
    if (equal_ignoring_case(name, "host")) {
      if (++hosts_ > 1) return refused({400, "Host stands twice"});
      if (!is_authority(value)) return refused({400, "Host is malformed"});
      host_ = value;
    } else if (equal_ignoring_case(name, "content-length")) {
      return take_length(value);
    } else if (equal_ignoring_case(name, "transfer-encoding")) {
      if (out_.minor == 0) return refused({400, "Transfer-Encoding in HTTP/1.0"});  // RFC 9112, 6.1
      if (++encodings_ > 1 || lists(value, "chunked") != equal_ignoring_case(value, "chunked")) return refused({400, "Transfer-Encoding is not just chunked"});
      if (!equal_ignoring_case(value, "chunked")) return refused({501, "the only transfer coding here is chunked"});
      out_.chunked = true;
    } else if (equal_ignoring_case(name, "connection")) {
      closes_ = closes_ || lists(value, "close");
      if (out_.minor == 0 && lists(value, "keep-alive")) out_.keeps_alive = true;
    } else if (equal_ignoring_case(name, "expect")) {
      if (!equal_ignoring_case(value, "100-continue")) return refused({417, "an expectation that is not 100-continue"});  // RFC 9110, 10.1.1
      out_.expects_continue = out_.minor == 1;
    }
    return {};
  }

  std::expected<void, head_refusal> take_length(std::string_view value) {
    constexpr std::size_t most_digits = 18;  // below 2^63 whatever they are
    if (++lengths_ > 1) return refused({400, "Content-Length stands twice"});
    if (value.empty() || value.size() > most_digits || !std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; })) return refused({400, "Content-Length is not a number"});
    std::uint64_t length = 0;
    for (const char c : value) length = length * 10 + static_cast<std::uint64_t>(c - '0');
    out_.content_length = length;
    return {};
  }

  head_facts& out_;
  std::string host_;
  int hosts_ = 0, lengths_ = 0, encodings_ = 0;
  bool closes_ = false;
};

bool is_port(std::string_view s) noexcept {
  return s.size() <= 5 && std::ranges::all_of(s, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::expected<std::size_t, head_refusal> head_length(std::string_view received, const head_limits& limits) {
  std::size_t line = 0, lines = 0;
  for (std::size_t end = received.find('\n'); end != std::string_view::npos; end = received.find('\n', line), ++lines) {
    if (end == 0 || received[end - 1] != '\r') return refused({400, "a line end without its carriage return"});
    if (end - 1 == line && end + 1 <= limits.bytes) return end + 1;
    if (end - 1 == line) break;
    if (lines > limits.fields) return refused({431, "too many header lines"});
    line = end + 1;
  }
  if (lines == 0 && received.size() > limits.target + longest_method + 16) return refused({414, "the request target is too long"});
  if (received.size() > limits.bytes) return refused({431, "the request head is too large"});
  return 0;
}

std::expected<head_facts, head_refusal> check_head(std::string_view head, const head_limits& limits) {
  head_facts out;
  if (!head.ends_with("\r\n\r\n")) return refused({400, "the request head is not whole"});
  head.remove_suffix(2);
  const std::size_t line_end = head.find("\r\n");
  if (auto done = read_request_line(head.substr(0, line_end), limits, out); !done) return refused(done.error());
  head.remove_prefix(line_end + 2);
  field_reader fields(out);
  for (std::size_t count = 1; !head.empty(); ++count) {
    if (count > limits.fields) return refused({431, "too many header lines"});
    const std::size_t end = head.find("\r\n");
    if (auto done = fields.read(head.substr(0, end)); !done) return refused(done.error());
    head.remove_prefix(end + 2);
  }
  if (auto done = fields.finish(); !done) return refused(done.error());
  return out;
}

bool is_authority(std::string_view text) noexcept {
  std::string_view host = text;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return false;
    host = text.substr(1, close - 1);
    const std::string_view rest = text.substr(close + 1);
    return !host.empty() && std::ranges::all_of(host, [](char c) { return is_alnum(c) || c == ':' || c == '.'; }) && (rest.empty() || (rest.front() == ':' && is_port(rest.substr(1))));
  }
  if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    if (!is_port(text.substr(colon + 1))) return false;
    host = text.substr(0, colon);
  }
  return !host.empty() && std::ranges::all_of(host, [](char c) { return is_alnum(c) || std::string_view("-._~!$&'()*+,;=%").find(c) != std::string_view::npos; });
}

}  // namespace trawl::server::http
