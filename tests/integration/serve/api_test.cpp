// Every route of the service, by the API's own document: what each refuses, and what stands on every answer.
#include <fstream>
#include <set>

#include "server/api/openapi/document.hpp"
#include "tests/integration/serve_fixture.hpp"

namespace trawl {
namespace {

using nlohmann::json;
using test::as_json;
using test::connection;
using test::reply;

/// A call of the document, its path with an id that no job has.
struct call {
  std::string method, path;
  json words;
  bool is_open() const { return words.contains("security") && words["security"].empty(); }
  bool takes_body() const { return words.contains("requestBody"); }
  bool may_write() const { return method != "GET"; }
};

class ServeApi : public test::serve_fixture {
 protected:
  static constexpr std::string_view writer = "a-token-that-may-write", reader = "a-token-that-only-reads";

  void with_tokens() {
    std::filesystem::create_directories(options_.data);
    for (const auto token : {writer, reader}) std::ofstream(options_.data / token.substr(13)) << token << '\n';
    options_.tokens = {{"writer", options_.data / writer.substr(13), "", {server::permission::read, server::permission::write}},
                       {"reader", options_.data / reader.substr(13), "", {server::permission::read}}};
  }
  static std::string bearer(std::string_view token) { return "Authorization: Bearer " + std::string(token) + "\r\n"; }

  json document(const std::string& fields = "") const {
    const auto r = fresh().call("GET", "/openapi.json", "", fields);
    EXPECT_EQ(r.status, 200) << r.body;
    return r.json();
  }
  static std::vector<call> calls_of(const json& document) {
    std::vector<call> out;
    for (const auto& [pattern, methods] : document["paths"].items()) {
      std::string path = pattern;
      for (std::size_t at = 0; (at = path.find('{')) != std::string::npos;) path.replace(at, path.find('}') - at + 1, "nothing");
      for (const auto& [method, words] : methods.items()) {
        std::string upper = method;
        std::ranges::transform(upper, upper.begin(), [](char c) { return static_cast<char>(c - 32); });
        out.push_back({upper, path, words});
      }
    }
    return out;
  }
};

/// What OWASP's cheat sheets on REST security and HTTP headers ask of an API, and that no other site's page may read it.
void expect_guards(const reply& r, const std::string& what) {
  EXPECT_EQ(r.field("X-Content-Type-Options"), "nosniff") << what;
  EXPECT_EQ(r.field("X-Frame-Options"), "DENY") << what;
  EXPECT_EQ(r.field("Referrer-Policy"), "no-referrer") << what;
  const bool is_page = what.ends_with(" /") && r.status == 200;  // the dashboard holds no data, and has an ETag
  EXPECT_EQ(r.field("Cache-Control"), is_page ? "no-cache" : "no-store") << what;
  EXPECT_EQ(r.field("Cross-Origin-Resource-Policy"), "same-origin") << what;
  EXPECT_NE(r.field("Content-Security-Policy").find("default-src 'none'"), std::string::npos) << what;
  EXPECT_NE(r.field("Content-Security-Policy").find("frame-ancestors 'none'"), std::string::npos) << what;
  EXPECT_EQ(r.field("Server"), "trawl") << what;
  for (const auto& field : r.fields) EXPECT_FALSE(std::string(field.name_string()).starts_with("Access-Control-")) << what;
}

TEST_F(ServeApi, EveryCallWithoutATokenIsRefusedUnlessItHoldsNoData) {
  with_tokens();
  start();
  const json all = document(bearer(reader));
  std::set<std::string> open;
  for (const call& c : calls_of(all)) {
    const auto r = fresh().call(c.method, c.path, c.takes_body() ? "{}" : "", as_json);
    EXPECT_EQ(r.status == 401, !c.is_open()) << c.method << ' ' << c.path << ": " << r.status;
    if (!c.is_open()) EXPECT_TRUE(r.field("WWW-Authenticate").starts_with("Bearer")) << c.path;
    if (c.is_open()) open.insert(c.path);
    expect_guards(r, c.method + " " + c.path);
    const auto wrong = fresh().call(c.method, c.path, c.takes_body() ? "{}" : "", as_json + bearer("a-token-that-nobody-has"));
    EXPECT_EQ(wrong.status == 401, !c.is_open()) << c.method << ' ' << c.path;
  }
  EXPECT_EQ(open, (std::set<std::string>{"/", "/docs", "/docs/docs.css", "/docs/docs.js", "/healthz", "/readyz"}));
}

TEST_F(ServeApi, ATokenThatOnlyReadsChangesNothing) {
  with_tokens();
  start();
  for (const call& c : calls_of(document(bearer(reader))))
    if (c.may_write()) EXPECT_EQ(fresh().call(c.method, c.path, c.takes_body() ? "{}" : "", as_json + bearer(reader)).status, 403) << c.method << ' ' << c.path;
}

TEST_F(ServeApi, AnotherMethodIsToldWhichThereAre) {
  start();
  for (const call& c : calls_of(document())) {
    const auto r = fresh().call("TRACE", c.path);
    EXPECT_EQ(r.status, 405) << c.path;
    EXPECT_NE(r.field("Allow").find(c.method), std::string::npos) << c.path << ": " << r.field("Allow");
    EXPECT_NE(r.field("Allow").find("OPTIONS"), std::string::npos) << c.path;
    expect_guards(r, "TRACE " + c.path);
    const auto asked = fresh().call("OPTIONS", c.path, "", "Origin: http://evil.example\r\nAccess-Control-Request-Method: GET\r\n");
    EXPECT_EQ(asked.field("Access-Control-Allow-Origin"), "") << c.path;
    expect_guards(asked, "OPTIONS " + c.path);
  }
}

TEST_F(ServeApi, ABodyThatIsTooLargeIsRefusedByItsLengthAlone) {
  options_.limits.body_bytes = 1000;
  start();
  for (const call& c : calls_of(document())) {
    if (c.path.ends_with("/seeds")) continue;  // which takes more, in pieces
    const auto r = fresh().call(c.method, c.path, std::string(1001, ' '), as_json);
    EXPECT_EQ(r.status, 413) << c.method << ' ' << c.path;
    expect_guards(r, c.method + " " + c.path);
  }
}

TEST_F(ServeApi, AParameterThatIsNotThereIsAMistake) {
  start();
  for (const call& c : calls_of(document())) {
    if (c.is_open()) continue;
    const auto r = fresh().call(c.method, c.path + "?afther=3", c.takes_body() ? "{}" : "", as_json);
    EXPECT_EQ(r.status, 400) << c.method << ' ' << c.path << ": " << r.body;
    EXPECT_NE(r.body.find("afther"), std::string::npos) << c.path;
  }
}

TEST_F(ServeApi, MalformedJsonIsToldWhere) {
  start();
  int told = 0;
  for (const call& c : calls_of(document())) {
    if (!c.takes_body() || c.path.find("nothing") != std::string::npos || !c.words["requestBody"]["content"].contains("application/json")) continue;
    const auto r = fresh().call(c.method, c.path, "{\n  \"seeds\": [,]\n}", as_json);
    EXPECT_EQ(r.status, 400) << c.path << r.body;
    EXPECT_NE(r.body.find("line 2, column 13"), std::string::npos) << c.path << r.body;
    ++told;
  }
  EXPECT_GE(told, 2);
}

TEST_F(ServeApi, AnIdThatNobodyHasIsNotThere) {
  start();
  int asked = 0;
  for (const call& c : calls_of(document())) {
    if (c.path.find("/jobs/nothing") == std::string::npos) continue;
    const auto r = fresh().call(c.method, c.path, "", as_json);
    EXPECT_EQ(r.status, 404) << c.method << ' ' << c.path << r.body;
    EXPECT_EQ(r.field("Content-Type"), "application/problem+json");
    ++asked;
  }
  EXPECT_GE(asked, 5);
}

TEST_F(ServeApi, WhatHasWordsIsInTheDocumentOrNotYetThere) {
  start();
  const json all = document();
  for (const auto& d : server::api::operations()) {
    std::string method(d.method);
    std::ranges::transform(method, method.begin(), [](char c) { return static_cast<char>(c + 32); });
    const bool is_there = all["paths"].value(std::string(d.pattern), json::object()).contains(method);
    const auto r = is_there ? reply{} : fresh().call(std::string(d.method), std::string(d.pattern), "", as_json);
    if (!is_there) EXPECT_EQ(r.json().value("detail", ""), "not available in this version") << d.method << ' ' << d.pattern;
  }
}

/// Every member of an answer is in its schema, and what the schema requires is there.
void expect_fits(const json& value, const json& schema, const json& document, const std::string& where) {
  if (schema.contains("$ref")) return expect_fits(value, document.at(json::json_pointer(schema["$ref"].get<std::string>().substr(1))), document, where);
  for (const auto& name : schema.value("required", json::array())) EXPECT_TRUE(value.contains(name.get<std::string>())) << where << " lacks " << name;
  if (schema.contains("items") && value.is_array())
    for (const json& one : value) expect_fits(one, schema["items"], document, where + "[]");
  if (!schema.contains("properties")) return;
  for (const auto& [name, member] : value.items()) {
    ASSERT_TRUE(schema["properties"].contains(name)) << where << " has " << name;
    expect_fits(member, schema["properties"][name], document, where + "." + name);
  }
}

TEST_F(ServeApi, AnswersAreWhatTheDocumentSays) {
  start();
  const json all = document();
  const auto schema = [&](const char* name) { return all["components"]["schemas"][name]; };
  const auto made = fresh().call("POST", "/api/v1/jobs", job(site_.url("/"), R"(,"scope":{"max_pages":3})"), as_json);
  expect_fits(made.json(), schema("JobBrief"), all, "JobBrief");
  const std::string id = made.json()["id"];
  expect_fits(status(id), schema("JobStatus"), all, "JobStatus");
  expect_fits(wait_for(id, "completed"), schema("JobStatus"), all, "JobStatus");
  expect_fits(fresh().call("GET", "/api/v1/jobs").json(), schema("JobList"), all, "JobList");
  expect_fits(fresh().call("GET", "/api/v1/jobs/none").json(), schema("Problem"), all, "Problem");
  expect_fits(fresh().call("POST", "/api/v1/jobs", R"({"seeds":["https://a/"],"x":1})", as_json).json(), schema("Problem"), all, "Problem");
  const std::string lines = fresh().call("GET", "/api/v1/jobs/" + id + "/results?limit=1").body;
  expect_fits(json::parse(lines), schema("Record"), all, "Record");
}

TEST_F(ServeApi, ThePageOfTheDocumentLoadsNothingFromElsewhere) {
  start();
  for (const char* path : {"/", "/docs", "/docs/docs.js", "/docs/docs.css"}) {
    const auto r = fresh().call("GET", path);
    EXPECT_EQ(r.status, 200) << path;
    EXPECT_EQ(r.body.find("://"), std::string::npos) << path;
    EXPECT_EQ(r.field("Content-Security-Policy").find("unsafe"), std::string::npos) << path;
    EXPECT_NE(r.field("Content-Security-Policy").find("script-src 'self'"), std::string::npos) << path;
  }
}

}  // namespace
}  // namespace trawl
