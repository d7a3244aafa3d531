// HTTP/1.1 responses: a head says the same whether it comes at once or in two parts, and so does its body's framing.
#include "crawler/net/http1.hpp"
#include "tests/fuzz/input.hpp"

using namespace trawl;

namespace {

constexpr std::size_t limit = 16384;

struct outcome {
  bool good = false, done = false;
  std::size_t taken = 0;
  std::string payload;
  bool operator==(const outcome&) const = default;
};

outcome read_in_steps(const net::response_head& head, std::string_view body, std::size_t step) {
  net::body_reader reader(head);
  outcome out{.good = true, .done = reader.done(), .taken = 0, .payload = {}};
  while (!reader.done() && out.taken < body.size()) {
    const std::string_view part = body.substr(out.taken, step);
    const auto taken = reader.take(part, out.payload);
    if (!taken) return {};
    fuzz::require(*taken <= part.size(), "no more is taken than came");
    fuzz::require(*taken == part.size() || reader.done(), "all is taken until the end");
    out.taken += *taken;
  }
  out.done = reader.done();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::text_of(data, size);
  std::size_t consumed = 0;
  const auto head = net::read_head(input, "GET", limit, consumed);
  if (!head || !*head) return 0;
  fuzz::require(consumed <= size, "no more is consumed than came");
  fuzz::require((*head)->status >= 200 && (*head)->status <= 999, "a final status has three digits");
  std::size_t partly = 0;
  const auto cut = net::read_head(input.substr(0, consumed - 1), "GET", limit, partly);
  fuzz::require(!cut || !*cut || partly < consumed, "a head is not whole before its last byte");
  const std::string_view body = input.substr(consumed);
  fuzz::require(read_in_steps(**head, body, body.size()) == read_in_steps(**head, body, 1), "a body is the same however it comes");
  return 0;
}
