// From a document to a struct (read_into, not bind: argument-dependent lookup would find std::bind), by its described members. Internal
// to the room: load.cpp is its user.
#pragma once
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "config/describe.hpp"
#include "config/document/node.hpp"
#include "config/document/path.hpp"
#include "config/job.hpp"
#include "config/units.hpp"

namespace trawl::config {

/// Collects every problem of a document instead of stopping at the first.
struct binder {
  std::vector<problem>& problems;
  std::function<bool(std::string_view path)> operator_allows;  ///< keys of trust::operator_ that a submitted job may set; empty: none

  void complain(const node& at, const std::string& path, std::string message);
  /// Whether the value may stand here, by who wrote it; complains when not.
  bool trusts(const node& value, const row& r, const std::string& path);
  /// Complains of the keys of `n` that are none of `names`.
  void report_unknown(const node& n, const std::string& path, const std::vector<std::string_view>& names);
};

/// Tables that a job file may also write as one string: what it stands for.
inline void short_form(seed& out, const std::string& text) { out.url = text; }
inline void short_form(field& out, const std::string& text) { out.css = text; }
inline void short_form(follow_selector& out, const std::string& text) { out.css = text; }

nlohmann::json to_plain_json(const node& n);
/// A value in a message: 'text', a list, nothing; a secret as '***'.
std::string shown(const node& n, const row& r);

void read_into(binder& b, const node& n, const std::string& path, const row& r, bool& out);
void read_into(binder& b, const node& n, const std::string& path, const row& r, std::string& out);
void read_into(binder& b, const node& n, const std::string& path, const row& r, std::uint64_t& out);
void read_into(binder& b, const node& n, const std::string& path, const row& r, std::uint32_t& out);
void read_into(binder& b, const node& n, const std::string& path, const row& r, std::int32_t& out);
void read_into(binder& b, const node& n, const std::string& path, const row& r, double& out);
void read_into(binder& b, const node& n, const std::string& path, const row& r, duration& out);
void read_into(binder& b, const node& n, const std::string& path, const row& r, byte_size& out);
inline void read_into(binder&, const node& n, const std::string&, const row&, nlohmann::json& out) { out = to_plain_json(n); }
inline void read_into(binder&, const node& n, const std::string&, const row&, node& out) { out = n; }
/// Complains of a word that is none of `names`.
void report_word(binder& b, const node& n, const std::string& path, const row& r, const std::vector<std::string_view>& names);

template <class E>
  requires std::is_enum_v<E>
void read_into(binder& b, const node& n, const std::string& path, const row& r, E& out) {
  std::vector<std::string_view> names;
  bool found = false;
  for_each_word<E>([&](std::string_view name, E value) {
    names.push_back(name);
    if (n.is != node::kind::scalar || n.text != name) return;
    out = value;
    found = true;
  });
  if (!found) report_word(b, n, path, r, names);
}

template <Described T>
void read_into(binder& b, const node& n, const std::string& path, const row& r, T& out);

inline constexpr const char* not_built = "not available in this version";

/// Values whose parts are read one by one: some of them may be well where others are not.
template <class T>
inline constexpr bool has_parts = Described<T>;
template <class T>
inline constexpr bool has_parts<std::vector<T>> = true;
template <class T>
inline constexpr bool has_parts<std::map<std::string, T>> = true;
template <class T>
inline constexpr bool has_parts<std::optional<T>> = has_parts<T>;

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
  if (b.problems.size() == before || has_parts<T>) out = std::move(value);
}

template <class T>
void read_into(binder& b, const node& n, const std::string& path, const row& r, std::vector<T>& out) {
  out.clear();
  if constexpr (std::is_same_v<T, item_table>) {  // one table needs no list around it
    if (n.is == node::kind::table) return read_into(b, n, path, r, out.emplace_back());
    if (n.is == node::kind::null) return;
  }
  if (n.is != node::kind::list)
    return b.complain(n, path, "expected a list, found " + shown(n, r) + (n.is == node::kind::scalar ? "; one entry is written [" + shown(n, r) + "]" : ""));
  for (std::size_t i = 0; i < n.list.size(); ++i) {
    T& item = out.emplace_back();
    read_into(b, n.list[i], item_path(path, i), r, item);
  }
}

template <class T>
void read_into(binder& b, const node& n, const std::string& path, const row& r, std::map<std::string, T>& out) {
  if (n.is != node::kind::table) return b.complain(n, path, "expected a table of names and values, found " + shown(n, r));
  out.clear();
  for (const table_entry& entry : n.table) read_into(b, entry.second, member_path(path, entry.first), r, out[entry.first]);
}

/// One member of a table. What merely repeats the default asks for nothing, whoever says it; but what is not built is refused always,
/// so that nobody takes it for something that happens. A list with a problem keeps its other entries, which are still to be checked.
template <class M>
void read_member(binder& b, const node& n, const std::string& path, const row& r, M& out) {
  if constexpr (Described<M>) {
    read_into(b, n, path, r, out);
  } else {
    M given = out;
    const std::size_t before = b.problems.size();
    if (r.is == state::later) return b.trusts(n, r, path) ? b.complain(n, path, not_built) : void();
    read_into(b, n, path, r, given);
    if (b.problems.size() != before && !has_parts<M>) return;
    if (!(given == out) && !b.trusts(n, r, path)) return;
    out = std::move(given);
  }
}

template <Described T>
void read_into(binder& b, const node& n, const std::string& path, const row& r, T& out) {
  if constexpr (requires { short_form(out, n.text); }) {
    if (n.is == node::kind::scalar) return short_form(out, n.text);
  }
  if (n.is == node::kind::null) return;  // an empty section is all defaults
  if (n.is != node::kind::table) return b.complain(n, path, "expected a table, found " + shown(n, r));
  std::vector<std::string_view> names;
  for (const row& one : described<T>::rows) names.push_back(one.name);
  b.report_unknown(n, path, names);
  for_each_member<T>([&](auto member, const row& one) {
    const std::string at = member_path(path, one.name);
    const node* value = n.find(one.name);
    if (value != nullptr) {
      read_member(b, *value, at, one, out.*member);
    } else if (one.required) {
      b.complain(n, path, "'" + std::string(one.name) + "' is missing: " + std::string(one.doc));
    }
  });
}

}  // namespace trawl::config
