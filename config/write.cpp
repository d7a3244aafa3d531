// The other direction: a job as JSON, its schema, and a commented file, all from the same rows.
#include <fmt/format.h>

#include <sstream>

#include "config/job_doc.hpp"
#include "config/load.hpp"

namespace trawl::config {
namespace {

using json = nlohmann::ordered_json;

json write(bool v) { return v; }
json write(const std::string& v) { return v; }
json write(duration v) { return to_string(v); }
json write(byte_size v) { return to_string(v); }
json write(const nlohmann::json& v) { return json::parse(v.dump()); }
template <class T>
  requires std::is_arithmetic_v<T>
json write(T v) {
  return v;
}
template <class E>
  requires std::is_enum_v<E>
json write(E v) {
  return boost::describe::enum_to_string(v, "");
}
template <Described T>
json write(const T& v);
template <class T>
json write(const std::vector<T>& v);
template <class T>
json write(const std::map<std::string, T>& v);
template <class T>
json write(const std::optional<T>& v) {
  return v ? write(*v) : json();
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

/// A secret member keeps its shape, so that one sees what is set, not to what.
json hidden(json v) {
  if (v.is_object() || v.is_array()) {
    for (auto& item : v) item = hidden(item);
    return v;
  }
  return v.is_null() ? v : json("***");
}

template <Described T>
json write(const T& v) {
  json out = json::object();
  for_each_member<T>([&](auto member, const row& r) { out[std::string(r.name)] = r.secret ? hidden(write(v.*member)) : write(v.*member); });
  return out;
}

json schema_of(bool, const row&) { return {{"type", "boolean"}}; }
json schema_of(const std::string&, const row&) { return {{"type", "string"}}; }
json schema_of(duration, const row&) { return {{"type", "string"}, {"pattern", "^(0|([0-9.]+(ms|s|m|h|d))+)$"}}; }
json schema_of(byte_size, const row&) { return {{"type", json::array({"string", "integer"})}}; }
json schema_of(const nlohmann::json&, const row&) { return json::object(); }
template <class T>
  requires std::is_arithmetic_v<T>
json schema_of(T, const row& r) {
  json out = {{"type", std::is_integral_v<T> ? "integer" : "number"}, {"minimum", r.min}};
  if (!std::isinf(r.max)) out["maximum"] = r.max;
  return out;
}
template <class E>
  requires std::is_enum_v<E>
json schema_of(E, const row&) {
  json names = json::array();
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) { names.push_back(d.name); });
  return {{"enum", names}};
}
template <Described T>
json schema_of(const T&, const row&);
template <class T>
json schema_of(const std::vector<T>&, const row& r);
template <class T>
json schema_of(const std::map<std::string, T>&, const row& r);
template <class T>
json schema_of(const std::optional<T>&, const row& r) {
  json out = {{"anyOf", json::array({schema_of(T{}, r), {{"type", "null"}}})}};
  if constexpr (std::is_same_v<T, duration> || std::is_same_v<T, byte_size>) out["anyOf"].push_back({{"const", "auto"}});
  return out;
}
template <class T>
json schema_of(const std::vector<T>&, const row& r) {
  json list = {{"type", "array"}, {"items", schema_of(T{}, r)}};
  if constexpr (std::is_same_v<T, item_table>) return {{"anyOf", json::array({list, list["items"], {{"type", "null"}}})}};
  return list;
}
template <class T>
json schema_of(const std::map<std::string, T>&, const row& r) {
  return {{"type", "object"}, {"additionalProperties", schema_of(T{}, r)}};
}
template <Described T>
json schema_of(const T& defaults, const row&) {
  json properties = json::object();
  for_each_member<T>([&](auto member, const row& r) {
    json one = schema_of(defaults.*member, r);
    one["description"] = std::string(r.doc) + (r.is == state::later ? " (not available in this version)" : "");
    using member_type = std::remove_cvref_t<decltype(defaults.*member)>;
    if constexpr (!Described<member_type>) one["default"] = write(defaults.*member);
    properties[std::string(r.name)] = std::move(one);
  });
  json out = {{"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
  if constexpr (std::is_same_v<T, seed> || std::is_same_v<T, field> || std::is_same_v<T, follow_selector>) return {{"anyOf", json::array({{{"type", "string"}}, out})}};
  return out;
}

template <Described T>
void comment(std::string& out, const T& v, const std::string& indent) {
  for_each_member<T>([&](auto member, const row& r) {
    if (r.is == state::later) return;
    using member_type = std::remove_cvref_t<decltype(v.*member)>;
    if constexpr (Described<member_type>) {
      out += fmt::format("{}{}:  # {}\n", indent, r.name, r.doc);
      comment(out, v.*member, indent + "  ");
    } else {
      const json value = write(v.*member);
      const std::string text = value.is_string() ? value.template get<std::string>() : value.dump();
      out += fmt::format("{}{}: {}  # {}\n", indent, r.name, text.empty() ? "\"\"" : text, r.doc);
    }
  });
}

}  // namespace

json to_json(const job& j) { return write(j); }

json job_schema() {
  json out = {{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", "trawl job"}};
  out.update(schema_of(job{}, row{}));
  out["properties"]["extends"] = {{"type", "string"}, {"description", "job file to start from"}};
  return out;
}

std::string commented_job(const std::string& url) {
  job j;
  j.seeds.emplace_back().url = url;
  std::string body;
  comment(body, j, "");
  std::string out = "# A trawl job. Every key stands at its default; delete what you don't change.\n";
  std::istringstream lines(body);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("name:")) continue;  // it follows from the first seed
    if (line.starts_with("seeds:")) line = "seeds: [\"" + url + "\"]  # URLs to start from";
    out += line + "\n";
  }
  return out;
}

}  // namespace trawl::config
