// The dashboard's files: how the service gives them out, and what may not stand in them.
#include <re2/re2.h>

#include <fstream>
#include <set>

#include "server/dashboard/dashboard.hpp"
#include "tests/integration/serve_fixture.hpp"

namespace trawl::test {
namespace {

using server::dashboard::files;

class Dashboard : public serve_fixture {};

std::string path_of(const std::string& name) { return name == "index.html" ? "/" : "/dashboard/" + name; }

TEST_F(Dashboard, IsOpenWhereTheApiNeedsAToken) {
  std::filesystem::create_directories(options_.data);
  std::ofstream(options_.data / "reader") << "a-token-of-the-test-0123456789\n";
  options_.tokens = {{"r", options_.data / "reader", "", {server::permission::read}}};
  start();
  EXPECT_EQ(fresh().call("GET", "/api/v1/jobs").status, 401);
  for (const auto& file : files()) EXPECT_EQ(fresh().call("GET", path_of(std::string(file.name))).status, 200) << file.name;
}

TEST_F(Dashboard, GivesEachFileWithItsTypeAndBytes) {
  start();
  const std::map<std::string, std::string> types = {{".html", "text/html; charset=utf-8"}, {".js", "text/javascript; charset=utf-8"}, {".css", "text/css; charset=utf-8"}, {".svg", "image/svg+xml"}};
  for (const auto& file : files()) {
    const std::string name(file.name);
    const auto r = fresh().call("GET", path_of(name));
    EXPECT_EQ(r.field("Content-Type"), types.at(name.substr(name.rfind('.'))));
    EXPECT_EQ(r.body, file.bytes) << name;
    std::ifstream source(std::string(TRAWL_SOURCE_DIR) + "/server/dashboard/" + name, std::ios::binary);
    EXPECT_EQ(r.body, std::string(std::istreambuf_iterator<char>(source), {})) << name;
  }
}

TEST_F(Dashboard, MayLoadNothingButItsOwn) {
  start();
  const std::string policy = fresh().call("GET", "/").field("Content-Security-Policy");
  for (const char* part : {"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'", "require-trusted-types-for 'script'"})
    EXPECT_NE(policy.find(part), std::string::npos) << part;
  EXPECT_EQ(policy.find("unsafe"), std::string::npos);
}

// RFC 9110, 13.1.2: If-None-Match is compared weakly. 15.4.5: a 304 repeats ETag and Cache-Control. 8.6: it has no Content-Length but that of the 200.
TEST_F(Dashboard, AnswersAKnownTagWithNotModified) {
  start();
  const auto whole = fresh().call("GET", "/dashboard/main.js");
  const std::string tag = whole.field("ETag");
  EXPECT_EQ(whole.field("Cache-Control"), "no-cache");
  ASSERT_FALSE(tag.empty());
  for (const std::string& asked : {tag, "W/" + tag, "\"other\", " + tag, std::string("*")}) {
    connection c = fresh();
    const auto r = c.call("GET", "/dashboard/main.js", "", "If-None-Match: " + asked + "\r\n");
    EXPECT_EQ(r.status, 304) << asked;
    EXPECT_EQ(r.field("ETag"), tag);
    EXPECT_EQ(r.field("Cache-Control"), "no-cache");
    EXPECT_EQ(r.field("Content-Length"), "");
    EXPECT_EQ(c.call("GET", "/").status, 200) << "the connection goes on";
  }
  EXPECT_EQ(fresh().call("GET", "/dashboard/main.js", "", "If-None-Match: \"other\"\r\n").status, 200);
  EXPECT_NE(fresh().call("GET", "/dashboard/base.css").field("ETag"), tag);
}

TEST_F(Dashboard, HasNoOtherPathsAndMethods) {
  start();
  EXPECT_EQ(fresh().call("GET", "/dashboard/").status, 404);
  EXPECT_EQ(fresh().call("GET", "/dashboard/nothing.js").status, 404);
  EXPECT_EQ(fresh().call("GET", "/dashboard/index.html").status, 404);
  EXPECT_EQ(fresh().call("POST", "/", "x").status, 405);
  EXPECT_EQ(fresh().call("HEAD", "/").status, 200);
}

/// What of the rules a file breaks; empty: nothing. SVG's namespace is a name, not an address that is loaded.
std::string breach(std::string_view name, std::string text) {
  RE2::GlobalReplace(&text, R"(http://www\.w3\.org/2000/svg)", "");
  const std::pair<const char*, const char*> never[] = {
      {"makes markup of text", R"(innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|setHTML)"},
      {"makes code of text", R"(\beval\b|\bFunction\(|set(?:Timeout|Interval)\(\s*["'`]|javascript:)"},
      {"keeps a token too long", R"(localStorage|document\.cookie|indexedDB)"}};
  for (const auto& [what, pattern] : never)
    if (RE2::PartialMatch(text, pattern)) return what;
  if (name.ends_with(".html") || name.ends_with(".svg")) {
    if (RE2::PartialMatch(text, R"((?i)<[^>]*\s(?:on[a-z]+|style)\s*=)")) return "has an inline handler or style";
    if (RE2::PartialMatch(text, R"((?i)<style|<script[^>]*>[^<]|<base|<iframe)")) return "has an inline script or style";
    if (RE2::PartialMatch(text, R"re((?i)(?:src|href)="(?:[a-z]+:|//))re")) return "loads from elsewhere";
  }
  if (name.ends_with(".css") && RE2::PartialMatch(text, R"((?i)url\(|@import|expression\()")) return "loads a resource";
  if (name.ends_with(".js") && RE2::PartialMatch(text, R"re(from\s+"[^."]|import\(|(?:fetch|import)\s*\(?\s*["'`](?:[a-z]+:|//))re")) return "loads from elsewhere";
  return "";
}

TEST(DashboardFiles, KeepTheRules) {
  for (const auto& file : files()) EXPECT_EQ(breach(file.name, std::string(file.bytes)), "") << file.name;
}

TEST(DashboardFiles, WouldBeFoundBreakingThem) {
  for (const auto& [name, text] : std::initializer_list<std::pair<const char*, const char*>>{
           {"a.js", "node.innerHTML = title"}, {"a.js", "eval(text)"}, {"a.js", "setTimeout('go()', 1)"}, {"a.js", "localStorage.token = 1"}, {"a.js", "import x from \"https://cdn.example/x.js\""},
           {"a.js", "fetch(\"https://example.org/\")"}, {"a.html", "<p onclick=\"go()\">"}, {"a.html", "<p class=x style='color: red'>"}, {"a.html", "<script>go()</script>"},
           {"a.html", "<img src=\"//example.org/x.png\">"}, {"a.css", "p { background: url(x.png) }"}, {"a.css", "@import 'x.css'"}})
    EXPECT_NE(breach(name, text), "") << text;
}

/// What stands in the folder is embedded, and each module that is named is there.
TEST(DashboardFiles, AreAllOfTheFolder) {
  std::set<std::string> embedded, there;
  for (const auto& file : files()) embedded.insert(std::string(file.name));
  const std::filesystem::path root = std::string(TRAWL_SOURCE_DIR) + "/server/dashboard";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    const auto suffix = entry.path().extension();
    if (entry.is_regular_file() && suffix != ".cpp" && suffix != ".hpp") there.insert(std::filesystem::relative(entry.path(), root).generic_string());
  }
  EXPECT_EQ(embedded, there);
  for (const auto& file : files()) {
    const std::string bytes(file.bytes);
    re2::StringPiece rest(bytes);
    for (std::string module; RE2::FindAndConsume(&rest, R"re(from "(\.[^"]+)")re", &module);) {
      const auto target = (std::filesystem::path(file.name).parent_path() / module).lexically_normal().generic_string();
      EXPECT_TRUE(embedded.contains(target)) << file.name << " imports " << module;
    }
  }
}

}  // namespace
}  // namespace trawl::test
