#include "server/jobs/job_cost.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <string>
#include <string_view>
#include <vector>

namespace trawl::server {
namespace {

/// Gathers everything that will be compiled, with its place in the document.
class expressions {
 public:
  explicit expressions(const config::job& job) {
    add_patterns(job.scope.include, "scope.include");
    add_patterns(job.scope.exclude, "scope.exclude");
    add_fields(job.extract.fields, "extract.fields");
    add_tables(job.extract.items, "extract.items");
    add_follow(job.extract.follow);
    for (std::size_t i = 0; i < job.rules.size(); ++i) {
      const config::rule& rule = job.rules[i];
      const std::string path = fmt::format("rules[{}]", i);
      add_pattern(rule.match, path + ".match");
      if (rule.extract.fields) add_fields(*rule.extract.fields, path + ".extract.fields");
      if (rule.extract.items) add_tables(*rule.extract.items, path + ".extract.items");
      if (rule.extract.follow) add_follow(*rule.extract.follow);
    }
  }

  struct regex {
    std::string_view text;
    std::string path;
  };
  std::size_t count = 0, bytes = 0;
  std::vector<regex> regexes;

 private:
  void add(std::string_view text) {
    ++count;
    bytes += text.size();
  }
  void add(const std::optional<std::string>& text) {
    if (text) add(std::string_view(*text));
  }
  void add_regex(std::string_view text, std::string path) {
    if (regexes.size() <= most_expressions) regexes.push_back({text, std::move(path)});
  }
  void add_pattern(std::string_view text, std::string path) {
    add(text);
    if (text.starts_with("re:")) add_regex(text.substr(3), std::move(path));
  }
  void add_patterns(const std::vector<std::string>& patterns, std::string_view path) {
    for (std::size_t i = 0; i < patterns.size(); ++i) add_pattern(patterns[i], fmt::format("{}[{}]", path, i));
  }
  void add_fields(const config::field_map& fields, std::string_view path) {
    for (const auto& [name, field] : fields) {
      add(field.css), add(field.xpath), add(field.jsonpath), add(field.regex);
      if (field.regex) add_regex(*field.regex, fmt::format("{}.{}.regex", path, name));
    }
  }
  void add_tables(const std::vector<config::item_table>& tables, std::string_view path) {
    for (std::size_t i = 0; i < tables.size(); ++i) {
      add(std::string_view(tables[i].each));
      add_fields(tables[i].fields, fmt::format("{}[{}].fields", path, i));
    }
  }
  void add_follow(const std::vector<config::follow_selector>& selectors) {
    for (const config::follow_selector& s : selectors) add(s.css), add(s.xpath), add(s.jsonpath);
  }
};

}  // namespace

std::optional<http::problem_entry> too_costly(const config::job& job) {
  const expressions all(job);
  if (all.count > most_expressions) return http::problem_entry{"", fmt::format("{} patterns and selectors; a submitted job has at most {}", all.count, most_expressions)};
  if (all.bytes > most_expression_bytes) return http::problem_entry{"", fmt::format("{} bytes of patterns and selectors; a submitted job has at most {}", all.bytes, most_expression_bytes)};
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_max_mem(8 << 20);  // as where the job is compiled
  std::size_t instructions = 0;
  for (const auto& [text, path] : all.regexes) {
    const re2::RE2 compiled(re2::StringPiece(text.data(), text.size()), options);
    const bool is_too_large = compiled.error_code() == re2::RE2::ErrorPatternTooLarge;
    if (compiled.ok()) instructions += static_cast<std::size_t>(compiled.ProgramSize());
    if (is_too_large || instructions > most_instructions)
      return http::problem_entry{path, fmt::format("the job's regular expressions are too large: compiled, all up to this one take more than {} instructions", most_instructions)};
  }
  return std::nullopt;
}

}  // namespace trawl::server
