// Patterns and seeds of a job: first line the text that is tried, then the pattern. What is checked can be expanded, and each result is bounded.
#include "crawler/url/expand.hpp"
#include "crawler/url/pattern.hpp"
#include "tests/fuzz/input.hpp"

using namespace trawl;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [text, written] = fuzz::first_line(fuzz::text_of(data, size));
  if (written.size() > 512 || text.size() > 4096) return 0;  // as long as a job's patterns get; glob is O(text × pattern)
  fuzz::require(url::glob_matches("*", text), "* matches all");
  fuzz::require(url::glob_matches(written, written) || written.find('*') != std::string_view::npos, "a literal matches itself");
  if (const auto compiled = url::pattern::compile(written)) compiled->matches(text);
  if (!url::check_expand(written)) return 0;
  int left = 50;
  for (const std::string& seed : url::expand(std::string(written))) {
    fuzz::require(seed.size() <= written.size() + 400, "a seed is no longer than its text and its numbers");
    if (--left == 0) break;
  }
  return 0;
}
