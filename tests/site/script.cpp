#include "tests/site/script.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace trawl::site {

using act = step::act;

step send(std::string bytes) { return {.what = act::send, .bytes = std::move(bytes)}; }
step drip(std::string bytes, std::size_t piece, std::chrono::milliseconds pause) { return {.what = act::send, .bytes = std::move(bytes), .pause = pause, .piece = piece}; }
step pause(std::chrono::milliseconds length) { return {.what = act::pause, .pause = length}; }
step take_body() { return {.what = act::take_body}; }
step half_close() { return {.what = act::half_close}; }
step close() { return {.what = act::close}; }
step cut() { return {.what = act::cut}; }
step reset() { return {.what = act::reset}; }
step hang() { return {.what = act::hang}; }

std::vector<step> in_order(reply r) {
  std::vector<step> out;
  if (r.pause.count() > 0) out.push_back(pause(r.pause));
  if (!r.bytes.empty()) out.push_back(send(std::move(r.bytes)));
  std::ranges::move(r.steps, std::back_inserter(out));
  if (r.close) out.push_back(close());
  return out;
}

reply script(std::vector<step> steps) { return {.bytes = "", .steps = std::move(steps)}; }

std::string head(int status, std::string_view fields) { return fmt::format("HTTP/1.1 {} x\r\n{}\r\n", status, fields); }

reply page(std::string body, int status, std::string content_type, std::string more_headers) {
  return {head(status, fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n{}", content_type, body.size(), more_headers)) + body};
}

reply redirect(const std::string& to, int status) { return {head(status, fmt::format("Location: {}\r\nContent-Length: 0\r\n", to))}; }

std::string chunk(std::string_view payload) { return payload.empty() ? "0\r\n" : fmt::format("{:x}\r\n{}\r\n", payload.size(), payload); }

}  // namespace trawl::site
