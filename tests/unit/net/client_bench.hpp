// A client with short deadlines that may go to loopback: what the tests of net ask the scripted server with.
#pragma once
#include <chrono>
#include <string>

#include "crawler/net/client.hpp"
#include "tests/site/server.hpp"

namespace trawl::net {

using namespace std::chrono_literals;

inline exchange_options quick_options() {
  exchange_options o;
  o.timeout = {.connect = 1s, .first_byte = 1s, .total = 2s};
  return o;
}

inline request get(std::string url) {
  request r;
  r.url = std::move(url);
  return r;
}

inline request post(std::string url, std::string body) {
  request r = get(std::move(url));
  r.method = "POST";
  r.body = std::move(body);
  r.idempotent = false;
  return r;
}

/// A client to which every address is open.
inline client open_client(asio::io_context& loop, const config::fetch& settings = {}) { return client(loop, settings, {true, {}}); }

inline site::reply ok(const site::seen_request&) { return site::page("ok"); }

/// The code of a failure; nullopt for an answer.
inline std::optional<errc> code_of(const result<response>& answer) { return answer ? std::nullopt : std::optional(answer.error().code); }

}  // namespace trawl::net
