// Any 10 MiB of bytes end within two seconds of CPU time and 256 MiB: job files in YAML and JSON, from the text to the problems.
#include <gtest/gtest.h>

#include "config/load.hpp"
#include "tests/support/cost.hpp"

namespace trawl::config {
namespace {

using test::expect_bounded, test::flood, test::nested;

/// As a job that came by HTTP.
void load(const std::string& text, format as) {
  load_options options;
  options.source = trust::any;
  options.as = as;
  static_cast<void>(load_job_text(text, "job", options));
}

constexpr std::size_t largest = test::is_sanitized ? test::bad_input : largest_document - 64;  // more is refused unread
constexpr std::size_t largest_written = test::is_sanitized ? test::bad_input : largest_yaml - 64;

TEST(WorstCase, WhatIsTooLargeIsNotRead) {
  for (const char* piece : {"[", "a: b\n", "\xFF"})
    for (const format as : {format::yaml, format::json}) expect_bounded(piece, [=, text = flood("", piece, largest_document + 1)] { load(text, as); });
}

TEST(WorstCase, Json) {
  for (const char* piece : {"[", "{", "{\"a\":", "[[],", "\"", "1", "1,", "a", " ", "\n", "\\", "\xFF", "{}", "[1]"}) expect_bounded(piece, [text = flood("", piece, largest)] { load(text, format::json); });
  for (const char* start : {"\"", "[", "{\"seeds\": [", "{\"seeds\": [\"", "{\"headers\": {\"a\": \""})
    for (const char* piece : {"1,", "\\n", "\\u0041", "a", "\"a\",", "[],", "\"a\":1,"}) expect_bounded(std::string(start) + " and " + piece, [text = flood(start, piece, largest)] { load(text, format::json); });
}

void load_yaml(std::size_t size) {
  for (const char* piece : {"[", "{", "- ", "? ", "a: ", "a:\n ", "&a ", "*a ", "!", "!a ", "|", ">", "'", "\"", "%", "#", "-", ":", " ", "\n", "\t", ",", "a: b\n", "- a\n", "---\n", "[]\n", "a", "\\", "@", "a, ", "\xC2\xA0", "? a\n: b\n"})
    expect_bounded(piece, [text = flood("", piece, size)] { load(text, format::yaml); });
  for (const char* start : {"[", "{", "\"", "'", "a: |\n ", "a: >\n ", "a: ", "seeds: [", "&", "*", "!<", "%YAML ", "# "})
    for (const char* piece : {"a", "[", "a,", "a: b,", "\\", " ", "a\n ", "*a,", "'", "''", "- ", "&a "}) expect_bounded(std::string(start) + " and " + piece, [text = flood(start, piece, size)] { load(text, format::yaml); });
}

TEST(WorstCase, YamlShortly) { load_yaml(largest_written / 64); }
TEST(WorstCaseNightly, Yaml) { load_yaml(largest_written); }

TEST(WorstCase, YamlThatUnfolds) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 60; ++i) {
    const std::string before = std::to_string(i - 1), now = std::to_string(i);
    text += "a" + now + ": &a" + now + " [*a" + before + ", *a" + before + ", *a" + before + ", *a" + before + "]\n";
  }
  expect_bounded("aliases of aliases", [&] { load(text, format::yaml); });
  expect_bounded("one long alias", [text = "a: &a " + std::string(largest_written / 2, 'x') + flood("\nb: [", "*a, ", largest_written / 4) + "]"] { load(text, format::yaml); });
}

TEST(WorstCase, YamlDepth) {
  for (const auto& [open, close] : {std::pair{"[", "]"}, {"{a: ", "}"}, {"- ", ""}, {"[{a: ", "}]"}}) expect_bounded(open, [text = nested(open, close, largest_written)] { load(text, format::yaml); });
  std::string steps;
  for (std::size_t i = 0; steps.size() < largest_written; ++i) steps += std::string(i, ' ') + "a:\n";
  expect_bounded("steps", [&] { load(steps, format::yaml); });
}

/// Well-formed, and too much of it in the wrong place.
TEST(WorstCase, JobsOfManyProblems) {
  std::string keys, seeds = "seeds:\n";
  for (int i = 0; i < 60'000; ++i) keys += "key" + std::to_string(i) + ": 1\n", seeds += "  - \"{a,\"\n";
  expect_bounded("unknown keys", [&] { load(keys, format::yaml); });
  expect_bounded("seeds that are none", [&] { load(seeds, format::yaml); });
  expect_bounded("one key again and again", [text = flood("", "name: a\n", std::size_t{1} << 20)] { load(text, format::yaml); });
}

}  // namespace
}  // namespace trawl::config
