// URLs: what parses serialises to something that parses to itself (URL Standard, 4.5), is ASCII where it is http, and has its parts in order.
#include "crawler/url/domain.hpp"
#include "crawler/url/url.hpp"
#include "tests/fuzz/input.hpp"

using namespace trawl;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [base_text, input] = fuzz::first_line(fuzz::text_of(data, size));
  const auto base = url::parse(base_text);
  const auto parsed = url::parse(input, base ? &*base : nullptr);
  if (!parsed) return 0;
  const std::string href = parsed->href();
  const auto again = url::parse(href);
  fuzz::require(again.has_value(), "a serialised URL parses");
  fuzz::require(again->href() == href, "and serialises to itself");
  if (!parsed->is_http()) return 0;
  fuzz::require(parsed->host && !parsed->host->empty(), "an http URL has a host");
  fuzz::require(parsed->path.starts_with('/'), "and a path");
  fuzz::require(href.starts_with(parsed->scheme + "://"), "and begins with its scheme");
  for (const char c : href) fuzz::require(c > ' ' && c < 127, "and is printable ASCII");
  fuzz::require(parsed->without_fragment().find('#') == std::string::npos, "without its fragment no # is left");
  return 0;
}
