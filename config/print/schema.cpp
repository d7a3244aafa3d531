// JSON Schema 2020-12 from the rows.
#include <cmath>

#include "config/print/values.hpp"

namespace trawl::config {
namespace {

json any_of(std::initializer_list<json> choices) { return {{"anyOf", json::array_t(choices)}}; }

json schema_of(bool, const row&) { return {{"type", "boolean"}}; }
json schema_of(const std::string&, const row&) { return {{"type", "string"}}; }
json schema_of(duration, const row&) { return any_of({{{"type", "string"}, {"pattern", "^(0|([0-9]*\\.?[0-9]+(ms|s|m|h|d))+)$"}}, {{"const", 0}}}); }
json schema_of(byte_size, const row&) {
  return any_of({{{"type", "string"}, {"pattern", "^[0-9]*\\.?[0-9]+(B|KiB|MiB|GiB)?$"}}, {{"type", "integer"}, {"minimum", 0}}});
}
json schema_of(const nlohmann::json&, const row&) { return json::object(); }
json schema_of(const node&, const row&) { return {{"type", "object"}}; }
template <class T>
  requires std::is_arithmetic_v<T>
json schema_of(T, const row& r) {
  const auto bound = [](double v) { return std::is_integral_v<T> ? json(static_cast<std::int64_t>(v)) : json(v); };
  json out = {{"type", std::is_integral_v<T> ? "integer" : "number"}, {"minimum", bound(r.min)}};
  if (!std::isinf(r.max)) out["maximum"] = bound(r.max);
  return out;
}
template <class E>
  requires std::is_enum_v<E>
json schema_of(E, const row&) {
  json names = json::array();
  for_each_word<E>([&](std::string_view name, E) { names.push_back(name); });
  return {{"enum", names}};
}
template <Described T>
json schema_of(const T& defaults, const row&);
template <class T>
json schema_of(const std::vector<T>&, const row& r);
template <class T>
json schema_of(const std::map<std::string, T>&, const row& r);
template <class T>
json schema_of(const std::optional<T>&, const row& r) {
  json out = any_of({schema_of(T{}, r), {{"type", "null"}}});
  if constexpr (std::is_same_v<T, duration> || std::is_same_v<T, byte_size>) out["anyOf"].push_back({{"const", "auto"}});
  return out;
}
template <class T>
json schema_of(const std::vector<T>&, const row& r) {
  json list = {{"type", "array"}, {"items", schema_of(T{}, r)}};
  if constexpr (std::is_same_v<T, item_table>) return any_of({list, list["items"], {{"type", "null"}}});
  return list;
}
template <class T>
json schema_of(const std::map<std::string, T>&, const row& r) {
  return {{"type", "object"}, {"additionalProperties", schema_of(T{}, r)}};
}

/// A secret default would be printed nowhere; there is none.
template <class T>
json member_schema(const T& value, const row& r, bool with_default) {
  json out = schema_of(value, r);
  out["description"] = std::string(r.doc) + (r.is == state::later ? " (not available in this version)" : "");
  if (r.secret) out["writeOnly"] = true;
  if constexpr (!Described<T>)
    if (with_default) out["default"] = write(value);
  return out;
}

template <Described T>
json table_schema(const T& defaults, bool is_output) {
  json properties = json::object(), required = json::array();
  for_each_member<T>([&](auto member, const row& r) {
    properties[std::string(r.name)] = member_schema(defaults.*member, r, !is_output && !r.required);
    if (r.required) required.push_back(r.name);
  });
  json out = {{"type", "object"}};
  if (!is_output) out["additionalProperties"] = false;  // a later version's record may say more
  if (!required.empty()) out["required"] = std::move(required);
  out["properties"] = std::move(properties);
  return out;
}

template <Described T>
json schema_of(const T& defaults, const row&) {
  json out = table_schema(defaults, false);
  if constexpr (std::is_same_v<T, seed> || std::is_same_v<T, field> || std::is_same_v<T, follow_selector>) return any_of({{{"type", "string"}}, out});
  return out;
}

/// extract.headers is kept as JSON: true, false or a list of names.
void add_headers(json& extract_schema) {
  json& headers = extract_schema["properties"]["headers"];
  if (headers.contains("default") && headers["default"].is_null()) headers["default"] = false;  // not set
  headers.update(any_of({{{"type", "boolean"}}, {{"type", "array"}, {"items", {{"type", "string"}}}}}));
}

json titled(const char* title, json body) {
  json out = {{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", title}};
  out.update(body);
  return out;
}

}  // namespace

json job_schema() {
  json out = titled("trawl job", table_schema(job{}, false));
  out["properties"]["extends"] = {{"type", "string"}, {"description", "file to start from; its path goes from this file's directory"}};
  add_headers(out["properties"]["extract"]);
  add_headers(out["properties"]["rules"]["items"]["properties"]["extract"]);
  return out;
}

json server_schema() {
  json out = titled("trawl server", table_schema(server{}, false));
  out["properties"]["extends"] = {{"type", "string"}, {"description", "file to start from; its path goes from this file's directory"}};
  json partial = job_schema();
  for (const char* key : {"$schema", "title"}) partial.erase(key);
  for (const char* key : {"extends", "name", "seeds", "seed_files", "sitemaps", "schedule"}) partial["properties"].erase(key);
  out["properties"]["defaults"].update(partial);
  return out;
}

json record_schema() {
  json out = titled("trawl record", table_schema(record_shape{}, true));
  json& properties = out["properties"];
  properties["error"]["properties"]["code"]["enum"] = json::array();
  for (const error_row& e : error_rows) properties["error"]["properties"]["code"]["enum"].push_back(e.code);
  for (const char* key : {"meta", "metadata", "fields"}) properties[key]["type"] = "object";
  properties["items"]["type"] = json::array({"array", "object"});
  for (const char* key : {"from_cache", "noindex"}) properties[key]["const"] = true;
  properties["tls_verified"]["const"] = false;
  return out;
}

json errors_schema() {
  json codes = json::array();
  for (const error_row& e : error_rows) codes.push_back({{"const", e.code}, {"description", e.doc}});
  return titled("trawl error codes", {{"oneOf", std::move(codes)}});
}

}  // namespace trawl::config
