#include "crawler/net/http1.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

namespace trawl::net {
namespace {

constexpr std::size_t most_fields = 1000;
constexpr int most_interim = 10;
constexpr std::size_t longest_chunk_line = 8192;
constexpr std::uint64_t most_overhead = 1U << 20;  // chunk lines and trailers beside the payload

std::string_view trimmed(std::string_view s) noexcept {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
  return s;
}

bool is_control(char c) noexcept { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; }

/// The next line without its end (CRLF or bare LF); false if there is none yet.
bool next_line(std::string_view& bytes, std::string_view& line) noexcept {
  const std::size_t end = bytes.find('\n');
  if (end == std::string_view::npos) return false;
  line = bytes.substr(0, end);
  if (line.ends_with('\r')) line.remove_suffix(1);
  bytes.remove_prefix(end + 1);
  return true;
}

/// "HTTP/1.1 200 OK", also without the reason or the blank before it.
bool read_status_line(std::string_view line, response_head& head) noexcept {
  if (!line.starts_with("HTTP/1.") || line.size() < 12) return false;
  line.remove_prefix(7);
  head.minor = line[0] == '0' && line[1] == ' ' ? 0 : 1;
  const std::size_t blank = line.find(' ');
  if (blank == std::string_view::npos) return false;
  line = trimmed(line.substr(blank));
  if (line.size() < 3 || (line.size() > 3 && line[3] != ' ')) return false;
  const auto [end, ec] = std::from_chars(line.data(), line.data() + 3, head.status);
  return ec == std::errc() && end == line.data() + 3 && head.status >= 100;
}

/// The members of a comma list over all fields of a name, blanks trimmed, empty ones left out (RFC 9110, 5.6.1).
std::vector<std::string_view> members(const header_list& headers, std::string_view name) {
  std::vector<std::string_view> out;
  for (const auto& [key, value] : headers) {
    if (!equal_ignoring_case(key, name)) continue;
    for (std::size_t at = 0; at <= value.size();) {
      const std::size_t comma = std::min(value.find(',', at), value.size());
      if (const auto member = trimmed(std::string_view(value).substr(at, comma - at)); !member.empty()) out.push_back(member);
      at = comma + 1;
    }
  }
  return out;
}

bool has_token(const header_list& headers, std::string_view name, std::string_view token) {
  return std::ranges::any_of(members(headers, name), [&](std::string_view m) { return equal_ignoring_case(m, token); });
}

/// Is the body chunked? No other transfer coding is ever asked for (RFC 9110, 10.1.4), so another one is malformed; "identity", which
/// HTTP/1.1 once had, says nothing.
result<bool> is_chunked(const header_list& headers) {
  std::vector<std::string_view> codings = members(headers, "transfer-encoding");
  std::erase_if(codings, [](std::string_view c) { return equal_ignoring_case(c, "identity"); });
  if (codings.empty()) return false;
  if (codings.size() == 1 && equal_ignoring_case(codings.front(), "chunked")) return true;
  return fail(errc::http_malformed, "a transfer coding that was not asked for");
}

/// RFC 9112, 6.3: equal lengths are one length, different ones are an attack.
result<std::optional<std::uint64_t>> content_length(const header_list& headers) {
  std::optional<std::uint64_t> length;
  for (const auto& [key, value] : headers) {
    if (!equal_ignoring_case(key, "content-length")) continue;
    for (std::size_t at = 0; at <= value.size();) {
      const std::size_t comma = std::min(value.find(',', at), value.size());
      const std::string_view digits = trimmed(std::string_view(value).substr(at, comma - at));
      std::uint64_t n = 0;
      const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
      if (ec != std::errc() || end != digits.data() + digits.size() || digits.empty()) return fail(errc::http_malformed, "a Content-Length that is no number");
      if (length && *length != n) return fail(errc::http_malformed, "two different Content-Lengths");
      length = n;
      at = comma + 1;
    }
  }
  return length;
}

result<void> decide_framing(response_head& head, std::string_view asked) {
  const auto chunked = is_chunked(head.headers);
  const auto length = content_length(head.headers);
  head.keep_alive = !has_token(head.headers, "connection", "close") && (head.minor >= 1 || has_token(head.headers, "connection", "keep-alive"));
  if (asked == "HEAD" || head.status == 204 || head.status == 304) return {};
  if (!chunked) return std::unexpected(chunked.error());
  if (*chunked) {
    head.body = framing::chunked;
    // Both framings at once, or chunks in HTTP/1.0, are how responses are smuggled (11.2): read it, trust the connection no more.
    if (!length || *length || head.minor == 0) head.keep_alive = false;
    return {};
  }
  if (!length) return std::unexpected(length.error());
  if (*length) {
    head.body = framing::length;
    head.length = **length;
  } else {
    head.body = framing::close;
    head.keep_alive = false;
  }
  return {};
}

/// One field line into the list; what is no field is dropped, as browsers do.
void take_field(std::string_view line, header_list& headers) {
  if (line.front() == ' ' || line.front() == '\t') {  // obs-fold, 5.2
    std::string more(trimmed(line));
    std::ranges::replace_if(more, [](char c) { return is_control(c) || c == '\0' || c == '\r'; }, ' ');
    if (!headers.empty()) headers.back().second += " " + more;
    return;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return;
  const std::string_view name = line.substr(0, colon);
  if (name.find_first_of(" \t") != std::string_view::npos) return;
  std::string value(trimmed(line.substr(colon + 1)));
  if (value.find('\0') != std::string::npos || value.find('\r') != std::string::npos) return;
  std::ranges::replace_if(value, is_control, ' ');
  headers.emplace_back(std::string(name), std::move(value));
}

}  // namespace

result<std::optional<response_head>> read_head(std::string_view bytes, std::string_view asked, std::size_t limit, std::size_t& consumed) {
  std::string_view rest = bytes;
  for (int interim = 0;; ++interim) {
    response_head head;
    std::string_view line;
    const auto incomplete = [&]() -> result<std::optional<response_head>> {
      if (bytes.size() > limit) return fail(errc::http_header_too_large, "the response head is larger than fetch.max_header");
      return std::nullopt;
    };
    if (interim == 0 && rest.size() >= 5 && !rest.starts_with("HTTP/") && !rest.starts_with("\r\n") && !rest.starts_with("\n"))
      return fail(errc::http_malformed, "not an HTTP/1 response");
    if (!next_line(rest, line)) return incomplete();
    if (interim == 0 && line.empty() && !next_line(rest, line)) return incomplete();  // one empty line before is forgiven
    if (!read_status_line(line, head)) return fail(errc::http_malformed, "not an HTTP/1 status line");
    for (;;) {
      if (!next_line(rest, line)) return incomplete();
      if (line.empty()) break;
      take_field(line, head.headers);
      if (head.headers.size() > most_fields) return fail(errc::http_header_too_large, "more than 1000 header fields");
    }
    if (bytes.size() - rest.size() > limit) return fail(errc::http_header_too_large, "the response head is larger than fetch.max_header");
    if (head.status == 101) return fail(errc::http_malformed, "an upgrade that was not asked for");
    if (head.status >= 200) {
      consumed = bytes.size() - rest.size();
      if (auto ok = decide_framing(head, asked); !ok) return std::unexpected(ok.error());
      return head;
    }
    if (interim >= most_interim) return fail(errc::http_malformed, "too many interim responses");
  }
}

bool has_empty_line(std::string_view bytes, std::size_t from) noexcept {
  for (std::size_t end = bytes.find('\n', from); end != std::string_view::npos; end = bytes.find('\n', end + 1)) {
    std::string_view before = bytes.substr(0, end);
    if (before.ends_with('\r')) before.remove_suffix(1);
    if (before.empty() || before.ends_with('\n')) return true;
  }
  return false;
}

std::string write_request(const request& r, const url::url& target) {
  std::string out = r.method + " " + target.path_and_query() + " HTTP/1.1\r\nHost: " + *target.host;
  if (target.port) out += ":" + std::to_string(*target.port);
  out += "\r\n";
  for (const auto& [name, value] : r.headers) out += name + ": " + value + "\r\n";
  if (!r.body.empty() || r.method == "POST" || r.method == "PUT") out += "Content-Length: " + std::to_string(r.body.size()) + "\r\n";
  out += "\r\n";
  return out + r.body;
}

result<bool> body_reader::line(std::string_view& bytes) {
  const std::size_t end = bytes.find('\n');
  const std::size_t taken = end == std::string_view::npos ? bytes.size() : end + 1;
  line_.append(bytes, 0, taken);
  bytes.remove_prefix(taken);
  overhead_ += taken;
  if (line_.size() > longest_chunk_line || overhead_ > most_overhead) return fail(errc::http_malformed, "chunk framing without end");
  if (end == std::string_view::npos) return false;
  line_.pop_back();
  if (line_.ends_with('\r')) line_.pop_back();
  return true;
}

result<std::size_t> body_reader::take(std::string_view bytes, std::string& out) {
  const std::size_t given = bytes.size();
  if (framing_ == framing::close) {
    out += bytes;
    return given;
  }
  if (framing_ == framing::length) {
    const auto part = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
    out += part;
    left_ -= part.size();
    done_ = left_ == 0;
    return part.size();
  }
  while (!bytes.empty() && !done_) {
    if (step_ == step::data) {
      const auto part = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
      out += part;
      left_ -= part.size();
      bytes.remove_prefix(part.size());
      if (left_ == 0) step_ = step::data_end;
      continue;
    }
    const auto whole = line(bytes);
    if (!whole) return std::unexpected(whole.error());
    if (!*whole) break;
    if (step_ == step::size) {
      const std::string_view digits = trimmed(std::string_view(line_).substr(0, line_.find(';')));
      const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), left_, 16);
      if (ec != std::errc() || end != digits.data() + digits.size() || digits.empty()) return fail(errc::http_malformed, "a chunk size that is no number");
      step_ = left_ == 0 ? step::trailer : step::data;
    } else if (step_ == step::data_end) {
      if (!line_.empty()) return fail(errc::http_malformed, "a chunk that does not end where it should");
      step_ = step::size;
    } else if (line_.empty()) {
      done_ = true;
    } else if (line_.size() > trailer_room_) {
      return fail(errc::http_header_too_large, "the trailers are larger than fetch.max_header leaves room for");
    } else {
      trailer_room_ -= line_.size();
    }
    line_.clear();
  }
  return given - bytes.size();
}

}  // namespace trawl::net
