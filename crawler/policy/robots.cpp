#include "crawler/policy/robots.hpp"

#include <algorithm>
#include <array>

namespace trawl::policy {
namespace {

constexpr std::size_t max_bytes = 500 * 1024;    // RFC 9309, 2.5
constexpr std::size_t max_line = 16 * 1024 + 280;  // 8 times the longest URL that browsers took; Google's parser cuts here too
constexpr double max_crawl_delay_s = 86'400;

constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\v' || c == '\f'; }
constexpr bool is_alpha(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_unreserved(char c) noexcept {  // RFC 3986, 2.3
  return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}
constexpr int hex_value(char c) noexcept {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string_view trim(std::string_view s) noexcept {
  while (!s.empty() && is_blank(s.front())) s.remove_prefix(1);
  while (!s.empty() && is_blank(s.back())) s.remove_suffix(1);
  return s;
}

std::string lower(std::string_view s) {
  std::string out(s);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

/// The product token that a value begins with.
std::string_view token_of(std::string_view s) noexcept {
  std::size_t n = 0;
  while (n < s.size() && (is_alpha(s[n]) || s[n] == '-' || s[n] == '_')) ++n;
  return s.substr(0, n);
}

void append_escape(std::string& out, unsigned char c) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  out += '%';
  out += digits[c >> 4];
  out += digits[c & 15];
}

/// Characters that no URI has unescaped (RFC 3986, 2): one side may have escaped them, the other not.
constexpr bool is_unsafe(char c) noexcept { return std::string_view(" \"<>\\^`{|}").find(c) != std::string_view::npos; }

/// RFC 9309, 2.2.2: escapes of unreserved characters are decoded, others upper-cased, octets outside US-ASCII escaped.
/// Every raw '$', and '*' if `escape_star`, is escaped, so that %2A and %24 in a rule mean the characters (2.2.3).
/// `grown` counts the octets that escaping '$', '*' and unsafe characters added: they don't count for precedence.
std::string normalise(std::string_view s, bool escape_star, std::size_t& grown) {
  std::string out;
  out.reserve(s.size() + 8);
  for (std::size_t i = 0; i < s.size(); ++i) {
    const char c = s[i];
    if (c == '%' && i + 2 < s.size() && hex_value(s[i + 1]) >= 0 && hex_value(s[i + 2]) >= 0) {
      const auto octet = static_cast<unsigned char>(hex_value(s[i + 1]) * 16 + hex_value(s[i + 2]));
      if (is_unreserved(static_cast<char>(octet))) {
        out += static_cast<char>(octet);
      } else {
        append_escape(out, octet);
      }
      i += 2;
    } else if (c == '$' || (c == '*' && escape_star)) {
      append_escape(out, static_cast<unsigned char>(c));
      grown += 2;
    } else if (is_unsafe(c)) {
      append_escape(out, static_cast<unsigned char>(c));
      grown += 2;
    } else if (static_cast<unsigned char>(c) >= 0x80) {
      append_escape(out, static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out;
}

/// Octets that normalise() copies from a path, whatever stands beside them.
constexpr std::array<bool, 256> copied = [] {
  std::array<bool, 256> out{};
  for (unsigned b = 0; b < 128; ++b) {
    const char c = static_cast<char>(b);
    out[b] = !is_unsafe(c) && c != '%' && c != '$' && c != '*';
  }
  return out;
}();

/// Whether normalise() would leave a path as it is, as it does most.
bool is_normal(std::string_view path) noexcept {
  return path.starts_with('/') && std::ranges::all_of(path, [](char c) { return copied[static_cast<unsigned char>(c)]; });
}

enum class field : std::uint8_t { user_agent, allow, disallow, sitemap, crawl_delay, other };

field field_of(std::string_view key) {
  static constexpr std::array<std::string_view, 6> disallow = {"disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"};
  const std::string k = lower(key);
  if (k == "user-agent" || k == "useragent" || k == "user agent") return field::user_agent;
  if (k == "allow") return field::allow;
  if (std::ranges::find(disallow, k) != disallow.end()) return field::disallow;
  if (k == "sitemap" || k == "site-map") return field::sitemap;
  if (k == "crawl-delay" || k == "crawldelay") return field::crawl_delay;
  return field::other;
}

/// "10", "0.5", ".5"; signs, exponents and words are not numbers here.
std::optional<std::chrono::nanoseconds> parse_delay(std::string_view s) {
  double value = 0, unit = 1;
  bool fraction = false, any = false;
  for (const char c : s) {
    if (c == '.' && !fraction) {
      fraction = true;
    } else if (is_digit(c)) {
      any = true;
      if (fraction) unit /= 10;
      value = fraction ? value + (c - '0') * unit : value * 10 + (c - '0');
    } else {
      return std::nullopt;
    }
  }
  if (!any) return std::nullopt;
  value = std::min(value, max_crawl_delay_s);
  return std::chrono::nanoseconds(static_cast<std::int64_t>(value * 1e9));
}

std::string_view without_bom(std::string_view s) noexcept {
  for (const char c : {'\xEF', '\xBB', '\xBF'}) {  // 1.6 % of real files have one, some a part of one
    if (s.empty() || s.front() != c) break;
    s.remove_prefix(1);
  }
  return s;
}

std::string_view without_partial_line(std::string_view s) noexcept {
  if (s.size() <= max_bytes) return s;
  s = s.substr(0, max_bytes);
  const auto end = s.find_last_of("\r\n");
  return end == std::string_view::npos ? std::string_view{} : s.substr(0, end);
}

}  // namespace

/// One pass over a file: which group the lines belong to, and the rules that concern us.
class robots_parser {
 public:
  explicit robots_parser(std::string_view agent) : agent_(lower(token_of(trim(agent)))) {}

  void line(std::string_view text, int number) {
    const bool cut = text.size() > max_line;
    text = text.substr(0, max_line);
    text = trim(text.substr(0, text.find('#')));
    std::string_view key, value;
    if (const auto colon = text.find(':'); colon != std::string_view::npos) {
      key = trim(text.substr(0, colon));
      value = trim(text.substr(colon + 1));
    } else if (const auto gap = text.find_first_of(" \t"); gap != std::string_view::npos) {
      key = text.substr(0, gap);
      value = trim(text.substr(gap));
      if (value.find_first_of(" \t") != std::string_view::npos) return;  // prose, not a rule
    } else {
      return;
    }
    switch (field_of(key)) {
      case field::user_agent: user_agent(value); break;
      case field::allow:
        // Half an Allow opens more than was meant, half a Disallow closes more: only the second is safe.
        if (!cut) rule(value, true, number);
        in_rules_ = true;
        break;
      case field::disallow:
        rule(value, false, number);
        in_rules_ = true;
        break;
      case field::sitemap:
        if (!value.empty()) out_.sitemaps_.emplace_back(value);
        break;
      case field::crawl_delay: delay(value); break;
      case field::other: break;  // 2.2.4: other records do not end a group
    }
  }

  robots finish() && {
    out_.rules_ = robots_rules(std::move(named_seen_ ? named_ : any_));
    out_.crawl_delay_ = named_seen_ ? named_delay_ : any_delay_;
    return std::move(out_);
  }

 private:
  void user_agent(std::string_view value) {
    if (in_rules_) named_ours_ = any_ours_ = in_rules_ = false;
    if (!value.empty() && value.front() == '*' && (value.size() == 1 || is_blank(value[1]))) {
      any_ours_ = true;
    } else if (const auto token = token_of(value); !agent_.empty() && lower(token) == agent_) {
      named_ours_ = named_seen_ = true;
    }
  }

  void rule(std::string_view value, bool allow, int number) {
    if (value.empty() || !(named_ours_ || any_ours_)) return;
    robots_rule r;
    r.allow = allow;
    r.line = number;
    r.written = value;
    std::string_view pattern = value;
    if (pattern.back() == '$') {
      r.anchored = true;
      pattern.remove_suffix(1);
    }
    std::size_t grown = 0;
    r.pattern = normalise(pattern, false, grown);
    r.length = r.pattern.size() - grown + (r.anchored ? 1 : 0);
    (named_ours_ ? named_ : any_).push_back(std::move(r));
  }

  void delay(std::string_view value) {
    const auto found = parse_delay(value);
    if (!found) return;
    auto& kept = named_ours_ ? named_delay_ : any_delay_;
    if (named_ours_ || any_ours_) kept = std::max(kept.value_or(std::chrono::nanoseconds(0)), *found);
  }

  std::string agent_;
  bool named_ours_ = false, any_ours_ = false, in_rules_ = false, named_seen_ = false;
  std::vector<robots_rule> named_, any_;
  std::optional<std::chrono::nanoseconds> named_delay_, any_delay_;
  robots out_;
};

robots robots::parse(std::string_view bytes, std::string_view agent_token) {
  bytes = without_partial_line(without_bom(bytes));
  robots_parser parser(agent_token);
  int number = 1;
  while (!bytes.empty()) {
    const auto end = std::min(bytes.find_first_of("\r\n"), bytes.size());
    parser.line(bytes.substr(0, end), number++);
    if (end == bytes.size()) break;
    const bool crlf = bytes[end] == '\r' && end + 1 < bytes.size() && bytes[end + 1] == '\n';
    bytes.remove_prefix(end + (crlf ? 2 : 1));
  }
  return std::move(parser).finish();
}

robots::verdict robots::check(std::string_view path_and_query) const {
  path_and_query = path_and_query.substr(0, path_and_query.find('#'));
  if (rules_.empty() || path_and_query == "/robots.txt") return {};  // 2.2.2: robots.txt itself is always allowed
  std::string rewritten;
  std::string_view path = path_and_query;
  if (!is_normal(path)) {
    std::size_t grown = 0;
    rewritten = normalise(path_and_query, true, grown);
    if (rewritten.empty() || rewritten.front() != '/') rewritten.insert(rewritten.begin(), '/');
    path = rewritten;
  }
  const auto [rule, guessed] = rules_.decide(path);
  if (rule == nullptr) return {};
  return {rule->allow, (rule->allow ? "Allow: " : "Disallow: ") + rule->written, rule->line, guessed};
}

std::size_t robots::memory() const noexcept {
  std::size_t all = sizeof(*this) + rules_.memory();
  for (const std::string& address : sitemaps_) all += sizeof(address) + address.capacity();
  return all;
}

}  // namespace trawl::policy
