#include "server/api/openapi/document.hpp"

#include <algorithm>
#include <boost/beast/http/status.hpp>
#include <charconv>
#include <set>
#include <stdexcept>

#include "config/print/print.hpp"
#include "server/pages/pages.hpp"

namespace trawl::server::api {
namespace {

using json = nlohmann::ordered_json;
using http::body_words;
using http::operation;
using http::parameter_words;
using http::route;
using http::value_kind;

json reference(std::string_view schema) { return {{"$ref", "#/components/schemas/" + std::string(schema)}}; }

json value_schema(const parameter_words& p) {
  switch (p.is) {
    case value_kind::number: return {{"type", "integer"}, {"minimum", 0}};
    case value_kind::flag: return {{"type", "boolean"}};
    case value_kind::text: break;
  }
  json out = {{"type", "string"}};
  for (std::string_view rest = p.words; !rest.empty();) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    out["enum"].push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return out;
}

json example_of(const parameter_words& p) {
  std::uint64_t number = 0;
  if (p.is != value_kind::number) return p.example;
  std::from_chars(p.example.data(), p.example.data() + p.example.size(), number);
  return number;
}

void add_parameters(json& to, std::string_view place, const std::vector<parameter_words>& all) {
  for (const parameter_words& p : all) {
    json one = {{"name", p.name}, {"in", place}, {"description", p.says}};
    if (place == "path") one["required"] = true;
    one["schema"] = value_schema(p);
    if (!p.example.empty()) one["example"] = example_of(p);
    to.push_back(std::move(one));
  }
}

/// One media type. Examples are the schema's own, so that a text of several lines or a document can be shown as it is sent.
json media(const body_words& body) {
  json out = json::object();
  if (body.schema.empty()) out["schema"] = {{"type", "string"}};
  else out["schema"] = reference(body.schema);
  return out;
}

json answers_of(const operation& words, const route& r) {
  json out = json::object();
  for (const http::answer_words& a : words.answers) {
    json one = {{"description", a.says}};
    for (const parameter_words& h : a.headers) one["headers"][std::string(h.name)] = {{"description", h.says}, {"schema", value_schema(h)}};
    if (!a.body.type.empty()) one["content"][std::string(a.body.type)] = media(a.body);
    out[std::to_string(a.status)] = std::move(one);
  }
  std::set<unsigned> problems(words.problems.begin(), words.problems.end());
  if (!r.any_parameters) problems.insert(400);
  if (!r.is_open) problems.insert({401, 403});
  for (const unsigned status : problems) {
    const auto phrase = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
    out[std::to_string(status)] = {{"description", std::string(phrase)}, {"content", {{"application/problem+json", media({"", "Problem"})}}}};
  }
  return out;
}

std::string_view to_string(permission needs) noexcept {
  switch (needs) {
    case permission::read: return "read";
    case permission::write: return "write";
    case permission::admin: return "admin";
  }
  return "";
}

/// The words are those of this route: the same parameters in the query and in the path.
bool fits(const operation& words, const route& r) {
  std::set<std::string_view> told, known(r.parameters.begin(), r.parameters.end());
  for (const parameter_words& p : words.query) told.insert(p.name);
  const auto in_pattern = [&](const parameter_words& p) { return r.pattern.find("{" + std::string(p.name) + "}") != std::string::npos; };
  return told == known && std::ranges::all_of(words.path, in_pattern) && std::ranges::count(r.pattern, '{') == std::ssize(words.path);
}

json operation_of(const route& r) {
  if (r.doc == nullptr || !fits(*r.doc, r)) throw std::logic_error("the route " + r.pattern + " has no words, or they name other parameters than it has");
  const operation& words = *r.doc;
  json out = {{"operationId", words.id}, {"tags", json::array({words.tag})}, {"summary", words.summary}};
  std::string more(words.description);
  if (!r.is_open) more += std::string(more.empty() ? "" : " ") + "Where tokens are in use, one with the scope `" + std::string(to_string(r.needs)) + "` is needed.";
  if (!more.empty()) out["description"] = more;
  json parameters = json::array();
  add_parameters(parameters, "path", words.path);
  add_parameters(parameters, "query", words.query);
  add_parameters(parameters, "header", words.headers);
  if (!parameters.empty()) out["parameters"] = std::move(parameters);
  for (const body_words& body : words.takes) out["requestBody"]["content"][std::string(body.type)] = media(body);
  if (!words.takes.empty()) out["requestBody"]["required"] = true;
  out["responses"] = answers_of(words, r);
  if (r.is_open) out["security"] = json::array();
  return out;
}

/// A schema that a struct describes, as a component: what only a file of its own has is left out.
json component(json schema, std::string_view title) {
  schema.erase("$schema");
  schema["title"] = title;
  return schema;
}

json components() {
  json out = json::parse(pages::bytes_of("openapi/components.json"));
  json& schemas = out["schemas"];
  json job = component(config::job_schema(), "Job");
  job["description"] = "The job file as JSON. A job that comes by HTTP has no ${…} and names no file of the server; what the server's ceilings forbid is refused.";
  job["properties"].erase("extends");
  job["examples"] = json::array({{{"seeds", json::array({"https://docs.example.org/"})}, {"scope", {{"max_pages", 100}}}, {"extract", {{"links", true}}}}});
  schemas["Job"] = std::move(job);
  schemas["Record"] = component(config::record_schema(), "Record");
  schemas["Record"]["description"] = "What became of one URL.";
  schemas["ErrorCode"] = component(config::errors_schema(), "ErrorCode");
  return out;
}

std::string lower(std::string method) {
  std::ranges::transform(method, method.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  return method;
}

}  // namespace

void describe_routes(http::router& to) {
  for (const described_route& d : operations()) to.describe(d.method, d.pattern, d.words);
}

nlohmann::ordered_json openapi(const http::router& routes) {
  json out = {{"openapi", "3.1.0"},
              {"info",
               {{"title", "trawl"},
                {"version", TRAWL_VERSION},
                {"summary", "A web crawler as a service."},
                {"description", "Jobs come in, results go out as they are made. Errors are problem details (RFC 9457); a parameter that a call does not know is one."},
                {"license", {{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}}},
              {"servers", json::array({{{"url", "/"}}})},
              {"security", json::array({{{"token", json::array()}}, json::object()})},
              {"tags", json::array()},
              {"paths", json::object()}};
  std::set<std::string_view> tags;
  routes.each([&](const std::string& method, const route& r) {
    if (r.is_part_of_page) return;
    out["paths"][r.pattern][lower(method)] = operation_of(r);
    if (tags.insert(r.doc->tag).second) out["tags"].push_back({{"name", r.doc->tag}});
  });
  out["components"] = components();
  return out;
}

}  // namespace trawl::server::api
