#include "crawler/engine/plan.hpp"

#include <gtest/gtest.h>

#include "config/load.hpp"

namespace trawl::engine {
namespace {

config::loaded_job load(const std::string& yaml) { return config::load_job_text("seeds: [https://h/]\n" + yaml, "t.yaml", {}); }

/// All that is wrong, as a user sees it.
std::string problems_of(const std::string& yaml) {
  const auto loaded = load(yaml);
  std::string out;
  for (const auto& p : loaded.problems) out += to_string(p) + "\n";
  if (out.empty())
    for (const auto& p : check_job(loaded.job)) out += to_string(loaded.locate(p.path, p.message)) + "\n";
  return out;
}

TEST(Plan, RulesChangeWhatTheySayAndMergeFields) {
  const auto loaded = load(
      "extract: {links: true, fields: {a: h1, b: h2}}\n"
      "rules:\n"
      "  - {match: '*/p/*', extract: {links: false, fields: {b: h3, c: h4}}}\n"
      "  - {match: '*/p/x*', extract: {html: true, fields: {c: {css: h5, many: true}}, items: {each: li, fields: {t: li}}}, output: false}\n");
  ASSERT_TRUE(loaded.problems.empty()) << to_string(loaded.problems.front());
  std::vector<job_problem> problems;
  const job_plan plan(loaded.job, problems);
  ASSERT_TRUE(problems.empty());
  const auto& plain = plan.for_url("https://h/").extract;
  EXPECT_TRUE(plain.links);
  EXPECT_EQ(plain.fields.size(), 2U);
  const auto& one = plan.for_url("https://h/p/1").extract;
  EXPECT_FALSE(one.links);
  EXPECT_EQ(*one.fields.at("a").css, "h1");
  EXPECT_EQ(*one.fields.at("b").css, "h3");
  EXPECT_TRUE(one.metadata);
  const page_plan& both = plan.for_url("https://h/p/x");
  EXPECT_TRUE(both.extract.html);
  EXPECT_FALSE(both.extract.links);
  EXPECT_FALSE(both.output);
  EXPECT_EQ(*both.extract.fields.at("c").css, "h5");
  EXPECT_TRUE(both.extract.fields.at("c").many);
  EXPECT_EQ(both.extract.items.size(), 1U);
  EXPECT_TRUE(both.recipe.needs_tree());
  EXPECT_EQ(&plan.for_url("https://h/p/x2"), &both);
}

TEST(Plan, TreesAreBuiltOnlyWhereARuleAsksForOne) {
  const auto loaded = load("rules: [{match: '*/p/*', extract: {fields: {a: h1}}}]");
  std::vector<job_problem> problems;
  const job_plan plan(loaded.job, problems);
  EXPECT_FALSE(plan.for_url("https://h/").recipe.needs_tree());
  EXPECT_TRUE(plan.for_url("https://h/p/").recipe.needs_tree());
}

TEST(CheckJob, BadSelectorsAreFoundAtTheirKeys) {
  EXPECT_EQ(problems_of("extract:\n  fields:\n    price: {css: '.price[', type: number}\n"),
            "t.yaml:4:18: extract.fields.price.css: not a CSS selector: at character 8: expected an attribute's name\n");
  EXPECT_EQ(problems_of("extract:\n  fields:\n    title: 'h1 >'\n"),
            "t.yaml:4:12: extract.fields.title.css: not a CSS selector: at character 5: expected a name, '*', '.', '#', '[' or ':'\n");
  EXPECT_EQ(problems_of("extract:\n  items: {each: 'a..b', fields: {x: b}}\n"),
            "t.yaml:3:17: extract.items.each: not a CSS selector: at character 3: expected a class name behind '.'\n");
  EXPECT_EQ(problems_of("extract:\n  items: [{name: a, each: a, fields: {x: 'b:foo'}}]\n").substr(0, 62), "t.yaml:3:42: extract.items[0].fields.x.css: not a CSS selector");
  EXPECT_EQ(problems_of("rules:\n  - {match: '*/x', extract: {fields: {y: {css: a, regex: '['}}}}\n"),
            "t.yaml:3:58: rules[0].extract.fields.y.regex: not a regular expression: missing ]: [\n");
}

TEST(CheckJob, OneBadSelectorOfTheJobIsSaidOnceWhateverTheRules) {
  const std::string all = problems_of("extract: {fields: {a: '['}}\nrules: [{match: '*/x', extract: {links: true}}, {match: '*/y'}]");
  EXPECT_EQ(std::ranges::count(all, '\n'), 1) << all;
}

TEST(CheckJob, LoginsSelectorsAreCompiled) {
  EXPECT_EQ(problems_of("fetch: {login: {page: \"https://h/login\", form: \"form#in\", ok: .out}}"), "");
  EXPECT_NE(problems_of("fetch: {login: {page: \"https://h/login\", form: \"form[\"}}").find("fetch.login.form: not a CSS selector"), std::string::npos);
  EXPECT_NE(problems_of("fetch: {login: {page: \"https://h/login\", form: form, ok: \"a::text\"}}").find("fetch.login.ok: selects an element"), std::string::npos);
}

}  // namespace
}  // namespace trawl::engine
