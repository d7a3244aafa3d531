#include "crawler/net/http1.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

namespace trawl::net {
namespace {

constexpr std::size_t most_fields = 1000;
constexpr int most_interim = 10;
constexpr std::size_t longest_chunk_line = 16384;  // Chromium's HttpChunkedDecoder::kMaxLineBufLen
constexpr std::uint64_t overhead_allowed = 64 * 1024, overhead_per_byte = 10;  // chunk lines beside the payload: a byte a chunk takes 5
constexpr std::size_t most_junk = 4, status_line_begin = 4;  // bytes before "HTTP", and these
static_assert(most_junk + status_line_begin == enough_to_tell);

std::string_view trimmed(std::string_view s) noexcept {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
  return s;
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_alpha(char c) noexcept { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
/// RFC 9110, 5.6.2.
bool is_token(std::string_view s) noexcept {
  return std::ranges::all_of(s, [](char c) { return is_digit(c) || is_alpha(c) || (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos); });
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

/// Where the status line begins: at once, or behind a few bytes of junk (Chromium's HttpUtil::LocateStartOfStatusLine); npos: nowhere.
std::size_t status_line_at(std::string_view bytes) noexcept {
  for (std::size_t at = 0; at <= most_junk && at + status_line_begin <= bytes.size(); ++at)
    if (equal_ignoring_case(bytes.substr(at, status_line_begin), "HTTP")) return at;
  return std::string_view::npos;
}

/// "1.1", "1.10", "2": what curl and browsers take for a version. HTTP/2.0 in an HTTP/1 head is 1.1 to them, HTTP/0.9 is 1.0.
bool read_version(std::string_view version, response_head& head) noexcept {
  const bool has_minor = version.size() >= 3 && version.size() <= 4 && version[1] == '.';
  if (version.empty() || (version.size() > 1 && !has_minor)) return false;
  if (!is_digit(version[0]) || !std::ranges::all_of(version.substr(std::min<std::size_t>(version.size(), 2)), is_digit)) return false;
  head.minor = version[0] == '0' || version == "1.0" ? 0 : 1;
  return true;
}

/// "HTTP/1.1 200 OK", and what browsers take for it: no reason, no blank before it ("200OK"), tabs, lower case. No code at all is 200 to
/// Chromium (HttpResponseHeaders::ParseStatusLine) and Firefox (nsHttpResponseHead::ParseStatusLine). `orderly` becomes false where the
/// server is one to be careful with.
bool read_status_line(std::string_view line, response_head& head, bool& orderly) noexcept {
  if (!equal_ignoring_case(line.substr(0, 5), "HTTP/")) return false;
  if (!line.starts_with("HTTP/1.")) orderly = false;
  line.remove_prefix(5);
  const std::size_t blank = std::min(line.find_first_of(" \t"), line.size());
  if (!read_version(line.substr(0, blank), head)) return false;
  line = trimmed(line.substr(blank));
  if (line.empty() || is_alpha(line[0])) {
    head.status = 200;
    orderly = false;
    return true;
  }
  if (line.size() < 3 || !std::ranges::all_of(line.substr(0, 3), is_digit) || (line.size() > 3 && is_digit(line[3]))) return false;
  std::from_chars(line.data(), line.data() + 3, head.status);
  return head.status >= 100;
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

/// How often the body is said to be chunked. More than once is a proxy that repeats the field; curl and browsers undo it once. No other
/// transfer coding is ever asked for (RFC 9110, 10.1.4), so another one is malformed; "identity", which HTTP/1.1 once had, says nothing.
result<std::size_t> times_chunked(const header_list& headers) {
  std::vector<std::string_view> codings = members(headers, "transfer-encoding");
  std::erase_if(codings, [](std::string_view c) { return equal_ignoring_case(c, "identity"); });
  if (!std::ranges::all_of(codings, [](std::string_view c) { return equal_ignoring_case(c, "chunked"); })) return fail(errc::http_malformed, "a transfer coding that was not asked for");
  return codings.size();
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

/// RFC 9112, 6.3, in its order.
result<void> decide_framing(response_head& head, std::string_view asked, bool orderly) {
  const auto chunked = times_chunked(head.headers);
  const auto length = content_length(head.headers);
  const bool is_framed_well = chunked && length && *chunked <= 1;
  const bool wants_more = !has_token(head.headers, "connection", "close") && (head.minor >= 1 || has_token(head.headers, "connection", "keep-alive"));
  head.keep_alive = orderly && is_framed_well && wants_more;
  if (asked == "HEAD" || head.status == 304) return {};
  if (head.status == 204) {
    // It has none, but a server that announces one may send it, and it would be read as the next answer.
    if (is_framed_well && (*chunked > 0 || length->value_or(0) > 0)) head.keep_alive = false;
    return {};
  }
  if (!chunked) return std::unexpected(chunked.error());
  if (*chunked > 0) {
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

/// The fields of one head, line by line. What is no field is dropped, as browsers do, and what folds onto it with it.
class field_reader {
 public:
  explicit field_reader(header_list& into) : fields_(into) {}

  /// False: a line that a server in order does not send.
  bool take(std::string_view line) {
    if (line.front() == ' ' || line.front() == '\t') return fold(line);
    const std::size_t colon = line.find(':');
    const std::string_view name = trimmed(line.substr(0, std::min(colon, line.size())));
    kept_ = colon != std::string_view::npos && !name.empty() && is_token(name) && line.find('\r') == std::string_view::npos;
    if (!kept_) return false;
    std::string value(trimmed(line.substr(colon + 1)));
    std::ranges::replace_if(value, is_control, ' ');
    fields_.emplace_back(std::string(name), std::move(value));
    return name.size() == colon;  // blanks before the colon are not part of the name (RFC 9112, 5.1)
  }

 private:
  /// obs-fold (RFC 9112, 5.2): one blank.
  bool fold(std::string_view line) {
    if (!kept_) return false;
    std::string more(trimmed(line));
    std::ranges::replace_if(more, is_control, ' ');
    fields_.back().second += " " + more;
    return true;
  }

  header_list& fields_;
  bool kept_ = false;
};

/// Reads what lies at the front of `bytes` as heads, the last of which is the answer's.
class head_reader {
 public:
  explicit head_reader(std::string_view bytes) : rest_(bytes) {}

  /// One head, with what is left behind it. False: more bytes are needed.
  result<bool> read_one(response_head& head) {
    const std::size_t at = status_line_at(rest_);
    if (at == std::string_view::npos && rest_.size() >= enough_to_tell) return fail(errc::http_malformed, "not an HTTP/1 response");
    if (at == std::string_view::npos) return false;
    if (at > 0 && rest_.substr(0, at) != "\r\n") orderly_ = false;
    rest_.remove_prefix(at);
    std::string_view line;
    if (!next_line(rest_, line)) return false;
    if (line.find('\0') != std::string_view::npos || !read_status_line(line, head, orderly_)) return fail(errc::http_malformed, "not an HTTP/1 status line");
    for (field_reader fields(head.headers);;) {
      if (!next_line(rest_, line)) return false;
      if (line.empty()) return true;
      if (line.find('\0') != std::string_view::npos) return fail(errc::http_malformed, "a NUL in the response head");
      if (++lines_ > most_fields) return fail(errc::http_header_too_large, "more than 1000 header fields");
      if (!fields.take(line)) orderly_ = false;
    }
  }
  std::size_t left() const noexcept { return rest_.size(); }
  bool orderly() const noexcept { return orderly_; }

 private:
  std::string_view rest_;
  std::size_t lines_ = 0;
  bool orderly_ = true;
};

}  // namespace

result<std::optional<response_head>> read_head(std::string_view bytes, std::string_view asked, std::size_t limit, std::size_t& consumed) {
  const auto too_large = [] { return fail(errc::http_header_too_large, "the response head is larger than fetch.max_header"); };
  head_reader reader(bytes);
  for (int interim = 0;; ++interim) {
    response_head head;
    const auto whole = reader.read_one(head);
    if (!whole) return std::unexpected(whole.error());
    if (!*whole && bytes.size() > limit) return too_large();
    if (!*whole) return std::nullopt;
    if (bytes.size() - reader.left() > limit) return too_large();
    if (head.status == 101) return fail(errc::http_malformed, "an upgrade that was not asked for");
    if (head.status >= 200) {
      consumed = bytes.size() - reader.left();
      if (auto ok = decide_framing(head, asked, reader.orderly()); !ok) return std::unexpected(ok.error());
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

body_reader::body_reader(const response_head& head, std::size_t trailer_room)
    : framing_(head.body), left_(head.length), trailer_room_(trailer_room), trailers_left_(most_fields - std::min(head.headers.size(), most_fields)) {
  done_ = framing_ == framing::none || (framing_ == framing::length && left_ == 0);
}

result<bool> body_reader::line(std::string_view& bytes) {
  const std::size_t end = bytes.find('\n');
  const std::size_t taken = end == std::string_view::npos ? bytes.size() : end + 1;
  line_.append(bytes, 0, taken);
  bytes.remove_prefix(taken);
  if (step_ == step::trailer) {
    if (line_.size() > trailer_room_) return fail(errc::http_header_too_large, "the trailers are larger than fetch.max_header leaves room for");
  } else {
    overhead_ += taken;
    const bool is_flood = overhead_ > overhead_allowed && overhead_ / overhead_per_byte > payload_;  // RFC 9112, 7.1.1 asks for a bound
    if (line_.size() > longest_chunk_line || is_flood) return fail(errc::http_malformed, "chunk framing without end");
  }
  return end != std::string_view::npos;
}

result<void> body_reader::obey_line() {
  const std::size_t size = line_.size();
  line_.pop_back();
  if (line_.ends_with('\r')) line_.pop_back();
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
  } else if (trailers_left_ == 0) {
    return fail(errc::http_header_too_large, "more than 1000 header fields, trailers included");
  } else {
    trailer_room_ -= size;
    --trailers_left_;
  }
  line_.clear();
  return {};
}

std::size_t body_reader::take_data(std::string_view bytes, std::string& out) {
  const auto part = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
  out += part;
  left_ -= part.size();
  payload_ += part.size();
  return part.size();
}

void body_reader::skip(std::size_t bytes) noexcept {
  if (framing_ != framing::length) return;
  left_ -= bytes;
  done_ = left_ == 0;
}

result<std::size_t> body_reader::take(std::string_view bytes, std::string& out) {
  const std::size_t given = bytes.size();
  if (framing_ == framing::close) {
    out += bytes;
    return given;
  }
  if (framing_ == framing::length) {
    const std::size_t taken = take_data(bytes, out);
    done_ = left_ == 0;
    return taken;
  }
  while (!bytes.empty() && !done_) {
    if (step_ == step::data) {
      bytes.remove_prefix(take_data(bytes, out));
      if (left_ == 0) step_ = step::data_end;
      continue;
    }
    const auto whole = line(bytes);
    if (!whole) return std::unexpected(whole.error());
    if (!*whole) break;
    if (const auto ok = obey_line(); !ok) return std::unexpected(ok.error());
  }
  return given - bytes.size();
}

}  // namespace trawl::net
