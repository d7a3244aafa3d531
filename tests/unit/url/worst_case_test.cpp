// Any 10 MiB of bytes end within two seconds of CPU time.
#include <gtest/gtest.h>

#include <ctime>

#include "crawler/url/expand.hpp"
#include "crawler/url/pattern.hpp"
#include "crawler/url/url.hpp"

namespace trawl::url {
namespace {

constexpr std::size_t size = 10U << 20;

std::string flood(std::string_view start, std::string_view piece) {
  std::string out(start);
  while (out.size() < size) out += piece;
  return out;
}

template <class Work>
double cpu_seconds(Work&& work) {
  const std::clock_t begin = std::clock();
  work();
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

TEST(WorstCaseNightly, Url) {
  const url base = *parse("https://h.test/a/b");
  for (const char* start : {"", "/", "?", "#", "//", "https://h.test/", "mailto:"})
    for (const char* piece : {"a", "/", "../", "/..", "%2e%2e/", "%", "@", ":", "[", ".", "\\", "\t", " ", "\xFF", "\xC3\xBC", "xn--a.", "1.", "?#"}) {
      const std::string input = flood(start, piece);
      EXPECT_LT(cpu_seconds([&] { parse(input, &base); }), 2) << start << " and " << piece;
    }
}

TEST(WorstCaseNightly, Glob) {
  const std::string text = flood("", "a");
  for (const std::string& glob : {"*" + std::string(1000, 'a') + "b*", "*" + std::string(500, 'a') + "b" + std::string(500, 'a'), std::string("*a*a*a*a*a*b")})
    EXPECT_LT(cpu_seconds([&] { EXPECT_FALSE(glob_matches(glob, text)); }), 2) << glob;
}

TEST(WorstCaseNightly, Expand) {
  for (const char* piece : {"{", "}", "{}", "{1..2}", "{a,b}", "{a,", ".."}) {
    const std::string text = flood("", piece);
    EXPECT_LT(cpu_seconds([&] { (void)check_expand(text); }), 2) << piece;
  }
}

}  // namespace
}  // namespace trawl::url
