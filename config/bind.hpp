// From a document to a struct (read_into, not bind: argument-dependent lookup would find std::bind), by its described members. Internal to the room: load.cpp is its only user.
#pragma once
#include <charconv>
#include <cmath>
#include <functional>
#include <set>

#include "config/describe.hpp"
#include "config/job.hpp"
#include "config/node.hpp"

namespace trawl::config {

/// Collects every problem of a document instead of stopping at the first.
struct binder {
  std::string file;
  trust source = trust::local;       ///< who wrote the document
  std::function<bool(std::string_view path)> operator_allows;  ///< keys of trust operator_ that a document of trust any may set; empty: none
  std::vector<problem> problems;

  void complain(const node& at, const std::string& path, std::string message) { problems.push_back({file, at.line, at.column, path, std::move(message)}); }
};

/// The known name nearest to a wrong one, if it is near enough to be what was meant.
std::string nearest(std::string_view wrong, const std::vector<std::string_view>& names);
nlohmann::json to_plain_json(const node& n);

/// Tables that a job file may also write as one string: what it stands for.
inline void short_form(seed& out, const std::string& text) { out.url = text; }
inline void short_form(field& out, const std::string& text) { out.css = text; }
inline void short_form(follow_selector& out, const std::string& text) { out.css = text; }

inline std::string shown(const node& n) {
  switch (n.is) {
    case node::kind::null: return "nothing";
    case node::kind::scalar: return "'" + n.text.substr(0, 60) + "'";
    case node::kind::list: return "a list";
    case node::kind::table: return "a table";
  }
  return {};
}

inline void read_into(binder& b, const node& n, const std::string& path, const row&, bool& out) {
  if (n.is == node::kind::scalar && !n.quoted && (n.text == "true" || n.text == "True" || n.text == "TRUE")) {
    out = true;
  } else if (n.is == node::kind::scalar && !n.quoted && (n.text == "false" || n.text == "False" || n.text == "FALSE")) {
    out = false;
  } else {
    b.complain(n, path, "expected true or false, found " + shown(n));
  }
}

inline void read_into(binder& b, const node& n, const std::string& path, const row&, std::string& out) {
  if (n.is != node::kind::scalar) return b.complain(n, path, "expected text, found " + shown(n));
  out = n.text;
}

inline std::string bounds_text(const row& r) {
  const auto number = [](double v) { return v == std::floor(v) && std::abs(v) < 1e15 ? std::to_string(static_cast<std::int64_t>(v)) : std::to_string(v); };
  return std::isinf(r.max) ? "at least " + number(r.min) : "from " + number(r.min) + " to " + number(r.max);
}

inline bool in_bounds(binder& b, const node& n, const std::string& path, const row& r, double value, const char* unit = "") {
  if (value >= r.min && value <= r.max) return true;
  b.complain(n, path, "expected a value " + bounds_text(r) + unit + ", found " + shown(n));
  return false;
}

template <class T>
  requires(std::is_arithmetic_v<T> && !std::is_same_v<T, bool>)
void read_into(binder& b, const node& n, const std::string& path, const row& r, T& out) {
  T value{};
  const char* end = n.text.data() + n.text.size();
  const auto [stop, ec] = std::from_chars(n.text.data(), end, value);
  if (n.is != node::kind::scalar || n.quoted || ec == std::errc::invalid_argument || stop != end)
    return b.complain(n, path, std::string(std::is_integral_v<T> ? "expected a whole number" : "expected a number") + " " + bounds_text(r) + ", found " + shown(n));
  if (ec != std::errc()) return b.complain(n, path, "expected a value " + bounds_text(r) + ", found " + shown(n));
  if (in_bounds(b, n, path, r, static_cast<double>(value))) out = value;
}

inline void read_into(binder& b, const node& n, const std::string& path, const row& r, duration& out) {
  const auto value = n.is == node::kind::scalar ? parse_duration(n.text) : std::nullopt;
  if (!value) return b.complain(n, path, "expected a duration such as 250ms, 30s, 5m, 2h or 30d, found " + shown(n));
  if (in_bounds(b, n, path, r, std::chrono::duration<double>(*value).count(), " seconds")) out = *value;
}

inline void read_into(binder& b, const node& n, const std::string& path, const row& r, byte_size& out) {
  const auto value = n.is == node::kind::scalar ? parse_size(n.text) : std::nullopt;
  if (!value) return b.complain(n, path, "expected a size such as 64KiB or 16MiB, found " + shown(n));
  if (in_bounds(b, n, path, r, static_cast<double>(value->bytes), " bytes")) out = *value;
}

inline void read_into(binder&, const node& n, const std::string&, const row&, nlohmann::json& out) { out = to_plain_json(n); }

template <class E>
  requires std::is_enum_v<E>
void read_into(binder& b, const node& n, const std::string& path, const row&, E& out) {
  std::vector<std::string_view> names;
  bool found = false;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
    names.emplace_back(d.name);
    if (n.is == node::kind::scalar && n.text == d.name) {
      out = d.value;
      found = true;
    }
  });
  if (found) return;
  std::string wanted;
  for (const auto name : names) wanted += (wanted.empty() ? "" : name == names.back() ? " or " : ", ") + std::string(name);
  b.complain(n, path, "expected " + wanted + ", found " + shown(n));
}

template <Described T>
void read_into(binder& b, const node& n, const std::string& path, const row& r, T& out);

template <class T>
void read_into(binder& b, const node& n, const std::string& path, const row& r, std::optional<T>& out) {
  const bool is_auto = n.is == node::kind::scalar && n.text == "auto" && (std::is_same_v<T, duration> || std::is_same_v<T, byte_size>);
  if (n.is == node::kind::null || is_auto) {
    out.reset();
    return;
  }
  T value{};
  const std::size_t before = b.problems.size();
  read_into(b, n, path, r, value);
  if (b.problems.size() == before) out = std::move(value);
}

template <class T>
void read_into(binder& b, const node& n, const std::string& path, const row& r, std::vector<T>& out) {
  out.clear();
  if constexpr (std::is_same_v<T, item_table>) {  // one table needs no list around it
    if (n.is == node::kind::table) return read_into(b, n, path, r, out.emplace_back());
    if (n.is == node::kind::null) return;
  }
  if (n.is != node::kind::list) return b.complain(n, path, "expected a list, found " + shown(n));
  for (std::size_t i = 0; i < n.list.size(); ++i) read_into(b, n.list[i], path + "[" + std::to_string(i) + "]", r, out.emplace_back());
}

template <class T>
void read_into(binder& b, const node& n, const std::string& path, const row& r, std::map<std::string, T>& out) {
  if (n.is != node::kind::table) return b.complain(n, path, "expected a table of names and values, found " + shown(n));
  out.clear();
  for (const auto& [name, value] : n.table) {
    if (out.contains(name)) b.complain(value, path + "." + name, "stands twice in this table");
    read_into(b, value, path + "." + name, r, out[name]);
  }
}

template <Described T>
void read_into(binder& b, const node& n, const std::string& path, const row&, T& out) {
  if constexpr (requires { short_form(out, n.text); }) {
    if (n.is == node::kind::scalar) return short_form(out, n.text);
  }
  if (n.is == node::kind::null) return;  // an empty section is all defaults
  if (n.is != node::kind::table) return b.complain(n, path, "expected a table, found " + shown(n));
  const std::string prefix = path.empty() ? "" : path + ".";
  std::vector<std::string_view> names;
  for (const row& r : described<T>::rows) names.push_back(r.name);
  std::set<std::string_view> seen;
  for (const auto& [name, value] : n.table) {
    if (!seen.insert(name).second) b.complain(value, prefix + name, "stands twice in this table");
    if (std::ranges::find(names, name) != names.end()) continue;
    const std::string near = nearest(name, names);
    b.complain(value, prefix + name, "unknown key" + (near.empty() ? std::string() : "; did you mean '" + near + "'?"));
  }
  for_each_member<T>([&](auto member, const row& r) {
    const node* value = n.find(r.name);
    if (value == nullptr) return;
    const std::string at = prefix + std::string(r.name);
    using member_type = std::remove_cvref_t<decltype(out.*member)>;
    if constexpr (!Described<member_type>) {
      const bool is_allowed = r.who == trust::any || (r.who == trust::operator_ && b.operator_allows && b.operator_allows(at));
      if (b.source == trust::any && !is_allowed) return b.complain(*value, at, "may not be set by a submitted job");
      // What is merely repeated from the defaults asks for nothing and is let through.
      member_type given = out.*member;
      const std::size_t before = b.problems.size();
      read_into(b, *value, at, r, given);
      if (b.problems.size() != before) return;
      if (r.is == state::later && !(given == out.*member)) return b.complain(*value, at, "not available in this version");
      out.*member = std::move(given);
    } else {
      read_into(b, *value, at, r, out.*member);
    }
  });
}

}  // namespace trawl::config
