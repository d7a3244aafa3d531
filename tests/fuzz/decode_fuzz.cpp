// Content codings: first line the Content-Encoding, then the body. Never more than the limit comes out, and the same however the body is
// cut into pieces; their sizes come from the input too.
#include <algorithm>

#include "crawler/net/decode.hpp"
#include "tests/fuzz/input.hpp"

using namespace trawl;

namespace {

constexpr std::size_t limit = 65536;

struct outcome {
  bool good = false;
  std::string plain;
  truncation cut = truncation::none;
  bool operator==(const outcome&) const = default;
};

/// `sizes`: a byte a piece, over and over; empty: all at once.
outcome decode(const header_list& headers, std::string_view body, std::string_view sizes) {
  auto decoder = net::body_decoder::make(headers, limit);
  if (!decoder) return {};
  outcome out{.good = true, .plain = {}, .cut = truncation::none};
  for (std::size_t i = 0; !body.empty(); ++i) {
    const std::size_t piece = sizes.empty() ? body.size() : std::min<std::size_t>(body.size(), 1 + static_cast<unsigned char>(sizes[i % sizes.size()]));
    const auto more = decoder->feed(body.substr(0, piece), out.plain);
    fuzz::require(out.plain.size() <= limit, "the limit holds");
    if (!more) return {};
    if (!*more) break;
    body.remove_prefix(piece);
  }
  out.cut = decoder->cut();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [coding, body] = fuzz::first_line(fuzz::text_of(data, size));
  const header_list headers = {{"Content-Encoding", std::string(coding)}};
  const outcome whole = decode(headers, body, {}), in_pieces = decode(headers, body, body.substr(0, 16));
  // How much of a damaged stream can still be known depends on where its pieces end; of a good one, nothing does.
  if (whole.good && whole.cut == truncation::none) fuzz::require(in_pieces == whole, "a whole body is the same however it comes");
  if (whole.good && in_pieces.good) fuzz::require(whole.plain.starts_with(in_pieces.plain) || in_pieces.plain.starts_with(whole.plain), "what comes out has the same begin");
  truncation cut = truncation::none;
  const auto at_once = net::decode_body(std::string(body), headers, limit, cut);
  fuzz::require(at_once.has_value() == whole.good && (!at_once || *at_once == whole.plain), "both ways are one");
  return 0;
}
