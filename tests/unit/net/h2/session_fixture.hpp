// What the tests of an HTTP/2 session share: a request, and what came out.
#pragma once
#include <algorithm>
#include <string>
#include <vector>

#include "crawler/net/h2/session.hpp"
#include "tests/support/h2_peer.hpp"

namespace trawl::testing {

inline const header_list a_get{{":method", "GET"}, {":scheme", "https"}, {":authority", "h.example"}, {":path", "/"}};
inline const header_list a_post{{":method", "POST"}, {":scheme", "https"}, {":authority", "h.example"}, {":path", "/"}};

inline std::vector<net::h2::event> events_of(net::h2::session& s) {
  std::vector<net::h2::event> out;
  while (auto e = s.next()) out.push_back(std::move(*e));
  return out;
}

/// Client and server talk until neither has anything more to say. What comes out is taken at once.
inline std::vector<net::h2::event> talk(net::h2::session& s, h2_peer& peer) {
  std::vector<net::h2::event> out;
  for (int turn = 0; turn < 1000; ++turn) {
    const std::string up = s.take_output();
    if (!up.empty()) peer.feed(up);
    const std::string down = peer.take_output();
    if (up.empty() && down.empty()) break;
    const auto fed = s.feed(down);
    for (net::h2::event& e : events_of(s)) {
      s.taken(e.stream, e.bytes.size());
      out.push_back(std::move(e));
    }
    if (!fed) break;
  }
  return out;
}

/// How this stream ended; nullopt while it has not.
inline std::optional<net::h2::ending> end_of(const std::vector<net::h2::event>& events, std::int32_t stream) {
  const auto found = std::ranges::find_if(events, [&](const net::h2::event& e) { return e.stream == stream && e.what == net::h2::event::kind::end; });
  return found == events.end() ? std::nullopt : std::optional(found->why);
}

inline std::string body_of(const std::vector<net::h2::event>& events, std::int32_t stream) {
  std::string out;
  for (const net::h2::event& e : events)
    if (e.stream == stream) out += e.bytes;
  return out;
}

}  // namespace trawl::testing
