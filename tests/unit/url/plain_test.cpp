// The reading of plain links beside the states of the URL Standard: they agree on every link that the first takes.
#include "crawler/url/plain.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>

namespace trawl::url {
namespace {

constexpr std::array<const char*, 9> bases = {"http://h.test",
                                              "https://www.example.org/library/functions/index.html",
                                              "http://h.test:8080/a/b/c?x=1&y",
                                              "https://user:pass@h.test/a//b/./c/?#f",
                                              "http://127.0.0.1:8080/p/",
                                              "http://[::1]/x/y",
                                              "https://user@xn--bcher-kva.example:444/%2e%2e/a;b/c?q#f",
                                              "file:///c:/a/b",
                                              "mailto:someone@example.org"};

void expect_same(const std::string& input, const url& base) {
  const auto slow = parse_by_states(input, &base);
  const auto fast = parse(input, &base);
  ASSERT_EQ(fast.has_value(), slow.has_value()) << input << " against " << base.href();
  if (slow) EXPECT_EQ(*fast, *slow) << input << " against " << base.href() << ": " << fast->href() << ", not " << slow->href();
  const auto target = slow && slow->is_http() ? std::optional(slow->without_fragment()) : std::nullopt;
  EXPECT_EQ(resolve_http(input, base), target) << input << " against " << base.href();
}

TEST(PlainReference, ReadsTheLinksOfMostPages) {
  const url base = *parse("https://www.example.org/library/functions/index.html");
  for (const char* input : {"/a/b", "rel/path", "../up/x", "./here", "?q=1", "#f", "", "//cdn.test/x", "http://h.test", "https://www.example.org/a?b#c", "https://h.test:8443/", "a/b:c"})
    EXPECT_TRUE(read_plain(input, base)) << input;
}

TEST(PlainReference, LeavesWhatHasToBeRewritten) {
  const url base = *parse("https://www.example.org/library/functions/index.html");
  for (const char* input : {"/a b", "/a/../b", "/%2e%2E/b", "mailto:x@y", "a:b", "http:x", "https:/x", "//H.test/", "//1.2.3.4/", "//0x7f/", "//h.test./", "//u@h.test/", "//[::1]/", "\\x", "/\xC3\xBC", "?'", "#`",
                            "HTTP://h.test/", "//h.test:99999/", "//h.test:/", "..", "a\tb", "///x"})
    EXPECT_FALSE(read_plain(input, base)) << input;
}

TEST(PlainReference, EqualsTheStatesOnEveryShortInput) {
  constexpr std::string_view alphabet = "a/.:?#\\%2e @";
  for (const char* text : bases) {
    const url base = *parse(text);
    for (std::size_t n = 0; n < alphabet.size() * alphabet.size() * alphabet.size() * alphabet.size(); ++n) {
      std::string input;
      for (std::size_t rest = n; rest > 0; rest /= alphabet.size()) input += alphabet[rest % alphabet.size()];
      expect_same(input, base);
      if (testing::Test::HasFailure()) return;
    }
  }
}

TEST(PlainReference, EqualsTheStatesOnGeneratedLinks) {
  constexpr std::array<std::string_view, 48> pieces = {
      "http:", "https:", "//", "/", "/", "/", "h.test", "www.example.org", "127.0.0.1", "1.2.3", "0x1", "xn--bcher-kva.example", ":8080", ":80", ":443", ":", "@", "user", "..", ".", "../", "./", "%2e", "%2E%2e",
      "?", "&a=b", "=", "#", "top", "index.html", "a", "b-c_d~e", "'", "\"", "{x}", "|", "^", "`", " ", "\t", "\\", "\xC3\xBC", "\xFF", "[::1]", ";v=1", "(x)", "+", "%zz"};
  std::mt19937 random(20240519);  // NOLINT(cert-msc51-cpp): the same links in each run
  for (const char* text : bases) {
    const url base = *parse(text);
    for (int n = 0; n < 10'000; ++n) {
      std::string input;
      for (auto left = random() % 9; left > 0; --left) input += pieces[random() % pieces.size()];
      expect_same(input, base);
      if (testing::Test::HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace trawl::url
