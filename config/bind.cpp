#include "config/bind.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "config/document/text.hpp"

namespace trawl::config {
namespace {

bool is_plain_scalar(const node& n) noexcept { return n.is == node::kind::scalar && (!n.quoted || n.filled); }

/// YAML 1.2.2, 10.3.2: an optional '+', 0o and 0x for whole numbers.
template <class T>
std::from_chars_result read_number(std::string_view text, T& out) noexcept {
  if (text.starts_with('+') && text.size() > 1 && text[1] != '-') text.remove_prefix(1);
  const char* end = text.data() + text.size();
  if constexpr (std::is_integral_v<T>) {
    if (text.starts_with("0o")) return std::from_chars(text.data() + 2, end, out, 8);
    if (text.starts_with("0x")) return std::from_chars(text.data() + 2, end, out, 16);
  }
  return std::from_chars(text.data(), end, out);
}

std::string number_text(double v) {
  if (v == std::floor(v) && std::abs(v) < 1e16) return std::to_string(static_cast<std::int64_t>(v));
  std::string out = std::to_string(v);
  while (out.ends_with('0')) out.pop_back();
  return out;
}

std::string range_text(const row& r, std::string (*show)(double)) {
  return std::isinf(r.max) ? "of at least " + show(r.min) : "from " + show(r.min) + " to " + show(r.max);
}

std::string duration_text(double seconds) { return to_string(duration(static_cast<std::int64_t>(seconds * 1e9))); }
std::string size_text(double bytes) { return to_string(byte_size{static_cast<std::uint64_t>(bytes)}); }

bool in_bounds(binder& b, const node& n, const std::string& path, const row& r, double value, const char* what, std::string (*show)(double)) {
  if (value >= r.min && value <= r.max) return true;
  b.complain(n, path, std::string("expected ") + what + " " + range_text(r, show) + ", found " + shown(n, r));
  return false;
}

template <class T>
void read_arithmetic(binder& b, const node& n, const std::string& path, const row& r, T& out) {
  const char* what = std::is_integral_v<T> ? "a whole number" : "a number";
  T value{};
  const auto [stop, ec] = read_number(n.text, value);
  const bool is_number = is_plain_scalar(n) && ec == std::errc() && stop == n.text.data() + n.text.size();
  if (!is_number) return b.complain(n, path, std::string("expected ") + what + " " + range_text(r, number_text) + ", found " + shown(n, r));
  if (in_bounds(b, n, path, r, static_cast<double>(value), what, number_text)) out = value;
}

bool is_bare_number(const node& n) noexcept {
  double value{};
  const auto [stop, ec] = read_number(n.text, value);
  return n.is == node::kind::scalar && ec == std::errc() && stop == n.text.data() + n.text.size() && value >= 0;
}

}  // namespace

void binder::complain(const node& at, const std::string& path, std::string message) {
  problems.push_back({at.from ? at.from->name : std::string(), at.line, at.column, path, std::move(message)});
}

bool binder::trusts(const node& value, const row& r, const std::string& path) {
  if (!value.from || value.from->who != trust::any || r.who == trust::any) return true;
  if (r.who == trust::operator_ && operator_allows && operator_allows(path)) return true;
  complain(value, path,
           r.who == trust::local ? "may not be set by a submitted job: it is for local files only"
                                 : "may not be set by a submitted job: this server does not allow it");
  return false;
}

void binder::report_unknown(const node& n, const std::string& path, const std::vector<std::string_view>& names) {
  for (const table_entry& entry : n.table) {
    if (std::ranges::find(names, entry.first) != names.end()) continue;
    const std::string near = nearest(entry.first, names);
    problems.push_back({entry.second.from ? entry.second.from->name : std::string(), entry.line, entry.column, member_path(path, entry.first),
                        "unknown key" + (near.empty() ? std::string() : "; did you mean '" + near + "'?")});
  }
}

std::string shown(const node& n, const row& r) {
  switch (n.is) {
    case node::kind::null: return "nothing";
    case node::kind::scalar: return r.secret || n.secret ? "'***'" : "'" + shortened(n.text, 60) + "'";
    case node::kind::list: return "a list";
    case node::kind::table: return "a table";
  }
  return {};
}

nlohmann::json to_plain_json(const node& n) {
  switch (n.is) {
    case node::kind::null: return nullptr;
    case node::kind::scalar: {
      if (n.quoted) return n.text;
      if (n.text == "true" || n.text == "True" || n.text == "TRUE") return true;
      if (n.text == "false" || n.text == "False" || n.text == "FALSE") return false;
      const char* end = n.text.data() + n.text.size();
      std::int64_t whole{};
      if (const auto [stop, ec] = read_number(n.text, whole); ec == std::errc() && stop == end) return whole;
      std::uint64_t large{};
      if (const auto [stop, ec] = read_number(n.text, large); ec == std::errc() && stop == end) return large;
      double number{};
      const bool is_whole = n.text.find_first_not_of("+-0123456789") == std::string::npos;  // larger than 64 bits: the digits stay, as text
      if (const auto [stop, ec] = read_number(n.text, number); ec == std::errc() && stop == end && std::isfinite(number) && !is_whole) return number;
      return n.text;
    }
    case node::kind::list: {
      nlohmann::json out = nlohmann::json::array();
      for (const node& item : n.list) out.push_back(to_plain_json(item));
      return out;
    }
    case node::kind::table: {
      nlohmann::json out = nlohmann::json::object();
      for (const table_entry& entry : n.table) out[entry.first] = to_plain_json(entry.second);
      return out;
    }
  }
  return nullptr;
}

void read_into(binder& b, const node& n, const std::string& path, const row& r, bool& out) {
  if (is_plain_scalar(n) && (n.text == "true" || n.text == "True" || n.text == "TRUE")) {
    out = true;
  } else if (is_plain_scalar(n) && (n.text == "false" || n.text == "False" || n.text == "FALSE")) {
    out = false;
  } else {
    b.complain(n, path, "expected true or false, found " + shown(n, r));
  }
}

void read_into(binder& b, const node& n, const std::string& path, const row& r, std::string& out) {
  if (n.is != node::kind::scalar) return b.complain(n, path, "expected text, found " + shown(n, r));
  out = n.text;
}

void read_into(binder& b, const node& n, const std::string& path, const row& r, std::uint64_t& out) { read_arithmetic(b, n, path, r, out); }
void read_into(binder& b, const node& n, const std::string& path, const row& r, std::uint32_t& out) { read_arithmetic(b, n, path, r, out); }
void read_into(binder& b, const node& n, const std::string& path, const row& r, std::int32_t& out) { read_arithmetic(b, n, path, r, out); }
void read_into(binder& b, const node& n, const std::string& path, const row& r, double& out) { read_arithmetic(b, n, path, r, out); }

void read_into(binder& b, const node& n, const std::string& path, const row& r, duration& out) {
  const auto value = n.is == node::kind::scalar ? parse_duration(n.text) : std::nullopt;
  if (!value) {
    const std::string hint = is_bare_number(n) ? "; a unit is missing: " + n.text + "s?" : "";
    return b.complain(n, path, "expected a duration such as 250ms, 30s, 5m, 2h or 30d, found " + shown(n, r) + hint);
  }
  if (in_bounds(b, n, path, r, std::chrono::duration<double>(*value).count(), "a duration", duration_text)) out = *value;
}

void read_into(binder& b, const node& n, const std::string& path, const row& r, byte_size& out) {
  const auto value = n.is == node::kind::scalar ? parse_size(n.text) : std::nullopt;
  if (!value) return b.complain(n, path, "expected a size such as 64KiB or 16MiB, found " + shown(n, r));
  if (in_bounds(b, n, path, r, static_cast<double>(value->bytes), "a size", size_text)) out = *value;
}

void report_word(binder& b, const node& n, const std::string& path, const row& r, const std::vector<std::string_view>& names) {
  std::string wanted;
  for (const auto name : names) wanted += (wanted.empty() ? "" : name == names.back() ? " or " : ", ") + std::string(name);
  const std::string near = n.is == node::kind::scalar ? nearest(n.text, names) : std::string();
  b.complain(n, path, "expected " + wanted + ", found " + shown(n, r) + (near.empty() ? "" : "; did you mean '" + near + "'?"));
}

}  // namespace trawl::config
