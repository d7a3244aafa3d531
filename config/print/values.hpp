// A described value as JSON, by its members. Internal to the room.
#pragma once
#include "config/describe.hpp"
#include "config/document/path.hpp"
#include "config/job_doc.hpp"
#include "config/print/print.hpp"
#include "config/print/record_doc.hpp"
#include "config/server_doc.hpp"

namespace trawl::config {

using json = nlohmann::ordered_json;

/// What a list, a table of names or an optional holds; else the type itself.
template <class T>
struct unwrapped {
  using type = T;
};
template <class T>
struct unwrapped<std::optional<T>> {
  using type = T;
};
template <class T>
struct unwrapped<std::vector<T>> {
  using type = T;
};
template <class T>
struct unwrapped<std::map<std::string, T>> {
  using type = T;
};

json write(const node& v);
/// A secret keeps its shape, so that one sees what is set, not to what.
json hidden(json v);

inline json write(bool v) { return v; }
inline json write(const std::string& v) { return v; }
inline json write(duration v) { return to_string(v); }
inline json write(byte_size v) { return to_string(v); }
inline json write(const nlohmann::json& v) { return v; }
template <class T>
  requires std::is_arithmetic_v<T>
json write(T v) {
  return v;
}
template <class E>
  requires std::is_enum_v<E>
json write(E v) {
  json out;
  for_each_word<E>([&](std::string_view name, E value) {
    if (value == v) out = name;
  });
  return out;
}
template <Described T>
json write(const T& v);
template <class T>
json write(const std::vector<T>& v);
template <class T>
json write(const std::map<std::string, T>& v);
template <class T>
json write(const std::optional<T>& v) {
  constexpr bool has_auto = std::is_same_v<T, duration> || std::is_same_v<T, byte_size>;
  return v ? write(*v) : has_auto ? json("auto") : json();
}
template <class T>
json write(const std::vector<T>& v) {
  json out = json::array();
  for (const T& item : v) out.push_back(write(item));
  return out;
}
template <class T>
json write(const std::map<std::string, T>& v) {
  json out = json::object();
  for (const auto& [name, value] : v) out[name] = write(value);
  return out;
}
/// What a rule leaves open it does not change: only what is set is shown.
template <class T>
inline constexpr bool is_partial = std::is_same_v<T, rule> || std::is_same_v<T, extract_changes>;

/// Whether a member is printed: one that is not built only where it is set, as it would be refused where it is read again.
template <class T>
bool is_printed(const row& r, const T& value, const T& standard) {
  return r.is == state::ready || write(value) != write(standard);
}

/// A table of secrets hides member by member, so that one sees whose they are.
template <Described T>
json write(const T& v) {
  static const T standard{};
  json out = json::object();
  for_each_member<T>([&](auto member, const row& r) {
    if (!is_printed(r, v.*member, standard.*member)) return;
    json value = write(v.*member);
    constexpr bool is_section = Described<std::remove_cvref_t<decltype(v.*member)>>;
    if ((is_partial<T> && value.is_null()) || ((is_partial<T> || is_section) && value.is_object() && value.empty())) return;
    constexpr bool is_table = Described<typename unwrapped<std::remove_cvref_t<decltype(v.*member)>>::type>;
    out[std::string(r.name)] = r.secret && !is_table ? hidden(std::move(value)) : std::move(value);
  });
  return out;
}

}  // namespace trawl::config
