// Content codings: first line the Content-Encoding, then the body. Never more than the limit comes out.
#include "crawler/net/decode.hpp"
#include "tests/fuzz/input.hpp"

using namespace trawl;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t limit = 65536;
  const auto [coding, body] = fuzz::first_line(fuzz::text_of(data, size));
  truncation cut = truncation::none;
  const auto plain = net::decode_body(std::string(body), {{"Content-Encoding", std::string(coding)}}, limit, cut);
  if (plain) fuzz::require(plain->size() <= std::max(limit, body.size()), "the limit holds");
  return 0;
}
