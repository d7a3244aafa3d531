// The way of a request to its handler: a head is cut the same however it comes, and what our check lets through means the same to Beast,
// so that no two readers see different requests in the same bytes.
#include <boost/beast/http.hpp>

#include "server/http/head_check.hpp"
#include "server/http/router.hpp"
#include "tests/fuzz/input.hpp"

using namespace trawl;
using namespace trawl::server;

namespace {

namespace beast = boost::beast;

constexpr http::head_limits limits{.bytes = 4096, .fields = 20, .target = 1024};

const http::router& routes() {
  static const http::router all = [] {
    http::router out;
    for (const char* pattern : {"/", "/metrics", "/api/v1/jobs", "/api/v1/jobs/{id}", "/api/v1/jobs/{id}/hosts/{host}/pause"}) out.add("GET", pattern, {});
    out.add("POST", "/api/v1/jobs", {});
    return out;
  }();
  return all;
}

void require_same_to_beast(std::string_view head, const http::head_facts& facts) {
  beast::http::request_parser<beast::http::empty_body> reader;
  reader.header_limit(limits.bytes);
  reader.body_limit(boost::none);
  boost::system::error_code ec;
  reader.put(boost::asio::buffer(head.data(), head.size()), ec);
  if (ec || !reader.is_header_done()) return;  // the session refuses it too
  const auto& read = reader.get();
  fuzz::require(std::string_view(read.method_string().data(), read.method_string().size()) == facts.method, "the method is the same");
  fuzz::require(reader.chunked() == facts.chunked, "a body is chunked for both or for none");
  const auto length = reader.content_length();
  if (!facts.chunked) fuzz::require((length ? *length : 0) == facts.content_length.value_or(0), "a body is as long for both");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::text_of(data, size);
  const auto length = http::head_length(input, limits);
  if (!length || *length == 0) return 0;
  fuzz::require(*length <= size && *length <= limits.bytes, "a head is no longer than what came, nor than its limit");
  const auto earlier = http::head_length(input.substr(0, *length - 1), limits);
  fuzz::require(!earlier || *earlier == 0, "a head is not whole before its last byte");
  const std::string_view head = input.substr(0, *length);
  const auto facts = http::check_head(head, limits);
  if (!facts) {
    fuzz::require(facts.error().status >= 400 && facts.error().status <= 505 && !facts.error().why.empty(), "a refusal has a status and a reason");
    return 0;
  }
  fuzz::require(facts->target == "*" || facts->target.starts_with('/'), "a target is a path, or *");
  fuzz::require(!(facts->chunked && facts->content_length), "a body has one length");
  require_same_to_beast(head, *facts);
  http::request asked;
  if (!http::split_target(facts->target, asked)) return 0;
  const auto found = routes().find(facts->method, asked.path);
  fuzz::require(found.to == nullptr || !found.allow.empty(), "a path with a route has methods");
  for (const auto& [name, value] : found.parts) fuzz::require(!value.empty() && value.find('/') == std::string::npos, "a part of the path is one segment");
  return 0;
}
