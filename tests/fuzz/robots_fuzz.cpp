// robots.txt: first line the path, then the file. A verdict that forbids names its rule and line; no rules allow.
#include "crawler/policy/robots.hpp"
#include "tests/fuzz/input.hpp"

using namespace trawl;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [path, file] = fuzz::first_line(fuzz::text_of(data, size));
  const policy::robots rules = policy::robots::parse(file, "trawl");
  const auto verdict = rules.check(path);
  fuzz::require(verdict.allowed || (!verdict.rule.empty() && verdict.line > 0), "what forbids has a rule and a line");
  fuzz::require(verdict.rule.empty() == (verdict.line == 0), "a rule has a line");
  fuzz::require(policy::robots::allow_all().check(path).allowed, "no rules allow");
  if (rules.crawl_delay()) fuzz::require(rules.crawl_delay()->count() >= 0, "a delay is not negative");
  return 0;
}
