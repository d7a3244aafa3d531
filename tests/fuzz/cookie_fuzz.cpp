// Cookies: each line a Set-Cookie value. What goes back holds no control character; a jar is bounded.
#include "crawler/policy/cookie_jar.hpp"
#include "tests/fuzz/input.hpp"

using namespace trawl;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const url::url source = *url::parse("https://shop.example.org/a/b");
  const policy::wall_clock::time_point now{std::chrono::seconds(1'800'000'000)};
  policy::cookie_jar jar;
  std::size_t lines = 0;
  for (std::string_view rest = fuzz::text_of(data, size); !rest.empty() && lines < 200; ++lines) {
    const auto [line, more] = fuzz::first_line(rest);
    jar.store(source, line, now);
    policy::wall_clock::time_point date;
    policy::parse_cookie_date(line, date);
    rest = more;
  }
  fuzz::require(jar.size() <= 50, "a domain has at most 50 cookies");
  for (const unsigned char c : jar.header_for(source, now)) fuzz::require((c >= ' ' && c != 127) || c == '\t', "a Cookie field holds no control character");
  return 0;
}
