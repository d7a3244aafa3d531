#include "crawler/net/h2/session.hpp"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <vector>

#include "crawler/net/h2/callbacks.hpp"

namespace trawl::net::h2 {
namespace {

constexpr std::size_t most_output = 256U << 10;  // bytes that wait to be written; the rest waits inside nghttp2, which bounds its own
// Frames may be this much larger than what they carry for us: no more than chunks may in HTTP/1.1. Many servers send ten bytes beside a
// hundred; a flood of PING, SETTINGS, empty DATA, padding or frames of closed streams carries nothing.
constexpr std::uint64_t overhead_free = 64U << 10, overhead_factor = 10;
constexpr std::size_t most_continuations = 32;   // of 16 KiB: more than the largest head
constexpr std::size_t most_settings = 32;        // entries of one SETTINGS frame

using options_ptr = std::unique_ptr<nghttp2_option, decltype(&nghttp2_option_del)>;

options_ptr make_options() {
  nghttp2_option* raw = nullptr;
  if (nghttp2_option_new(&raw) != 0) throw std::bad_alloc();
  options_ptr out(raw, &nghttp2_option_del);
  nghttp2_option_set_no_auto_window_update(raw, 1);
  nghttp2_option_set_no_closed_streams(raw, 1);
  nghttp2_option_set_max_continuations(raw, most_continuations);
  nghttp2_option_set_max_settings(raw, most_settings);
  nghttp2_option_set_max_deflate_dynamic_table_size(raw, NGHTTP2_DEFAULT_HEADER_TABLE_SIZE);
  nghttp2_option_set_no_rfc9113_leading_and_trailing_ws_validation(raw, 1);  // trimmed, as HTTP/1.1 does; browsers accept it
  return out;
}

nghttp2_nv as_nv(const std::pair<std::string, std::string>& field) {
  // Never indexed: a guess at a secret can't be tested against the compression (RFC 7541, 7.1.3). nghttp2 reads and never writes here.
  const std::uint8_t flags = field.first == "authorization" ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE;
  const auto bytes = [](const std::string& text) { return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data())); };
  return {bytes(field.first), bytes(field.second), field.first.size(), field.second.size(), flags};
}

}  // namespace

session::session(session_limits limits) : limits_(limits) {
  const options_ptr options = make_options();
  raw_ = make_raw(*this, options.get());
  const std::array<nghttp2_settings_entry, 4> settings{{{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
                                                        {NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, NGHTTP2_DEFAULT_HEADER_TABLE_SIZE},
                                                        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits_.stream_window},
                                                        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(std::min<std::size_t>(limits_.max_header, UINT32_MAX))}}};
  const bool is_set = nghttp2_submit_settings(raw_, NGHTTP2_FLAG_NONE, settings.data(), settings.size()) == 0 &&
                      nghttp2_session_set_local_window_size(raw_, NGHTTP2_FLAG_NONE, 0, static_cast<std::int32_t>(limits_.session_window)) == 0;
  if (is_set) return;
  nghttp2_session_del(raw_);
  throw std::bad_alloc();
}

session::~session() { nghttp2_session_del(raw_); }

session::stream* session::find(std::int32_t id) noexcept {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : &found->second;
}

result<std::int32_t> session::submit(const header_list& fields, std::string body) {
  if (!accepts_requests()) return fail(errc::connect_reset, "the connection takes no more requests");
  std::vector<nghttp2_nv> list;
  list.reserve(fields.size());
  for (const auto& field : fields) list.push_back(as_nv(field));
  nghttp2_data_provider from{};
  from.read_callback = &read_request_body;
  const std::int32_t id = nghttp2_submit_request(raw_, nullptr, list.data(), list.size(), body.empty() ? nullptr : &from, nullptr);
  if (id == NGHTTP2_ERR_NOMEM) throw std::bad_alloc();
  if (id < 0) return fail(errc::connect_reset, nghttp2_strerror(id));
  streams_[id].body = std::move(body);
  return id;
}

result<void> session::feed(std::string_view bytes) {
  if (failure_) {  // perhaps seen only as output was taken
    finish_all();
    return std::unexpected(*failure_);
  }
  const auto taken = nghttp2_session_mem_recv(raw_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  if (taken == NGHTTP2_ERR_NOMEM) throw std::bad_alloc();
  fed_ += bytes.size();
  if (is_flood()) break_off(NGHTTP2_ENHANCE_YOUR_CALM, "a flood of frames that carry nothing");
  if (taken < 0 && !failure_) break_off(NGHTTP2_ENHANCE_YOUR_CALM, nghttp2_strerror(static_cast<int>(taken)));
  pump();
  if (!failure_) return {};
  finish_all();
  return std::unexpected(*failure_);
}

std::string session::take_output() {
  pump();
  return std::exchange(output_, {});
}

/// nghttp2's frames become output while there is room. A GOAWAY of its own making is seen as it is written.
void session::pump() {
  while (output_.size() < most_output) {
    const std::uint8_t* bytes = nullptr;
    const auto size = nghttp2_session_mem_send(raw_, &bytes);
    if (size == NGHTTP2_ERR_NOMEM) throw std::bad_alloc();
    if (size <= 0) return;
    output_.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  }
}

std::optional<event> session::next() {
  if (events_.empty()) return std::nullopt;
  std::optional<event> out(std::move(events_.front()));
  events_.pop_front();
  return out;
}

void session::taken(std::int32_t stream, std::size_t bytes) { nghttp2_session_consume(raw_, stream, bytes); }

void session::cancel(std::int32_t id) {
  if (streams_.erase(id) > 0) {
    nghttp2_submit_rst_stream(raw_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
    forgiven_ += limits_.stream_window;
  }
  std::erase_if(events_, [&](const event& e) {
    if (e.stream != id) return false;
    if (e.what == event::kind::body) taken(id, e.bytes.size());  // the window that all bodies share opens again
    return true;
  });
}

void session::ping() { nghttp2_submit_ping(raw_, NGHTTP2_FLAG_NONE, nullptr); }

void session::lost() {
  if (!failure_) failure_ = error{errc::connect_reset, "the connection ended"};
  finish_all();
}

bool session::accepts_requests() const noexcept { return !failure_ && !draining_ && nghttp2_session_check_request_allowed(raw_) != 0; }

std::uint32_t session::most_streams() const noexcept { return nghttp2_session_get_remote_settings(raw_, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS); }

/// The stream's last event. A request body that is still under way is of no use to anyone then (RFC 9113, 8.1).
void session::finish(std::int32_t id, ending why) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  if (why == ending::complete && found->second.body_sent < found->second.body.size()) nghttp2_submit_rst_stream(raw_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
  if (why == ending::malformed || why == ending::header_too_large) forgiven_ += limits_.stream_window;
  streams_.erase(found);
  events_.push_back({.what = event::kind::end, .stream = id, .status = 0, .headers = {}, .bytes = {}, .why = why});
}

void session::finish_all() {
  while (!streams_.empty()) finish(streams_.begin()->first, streams_.begin()->second.is_on_wire ? ending::lost : ending::unsent);
}

/// Requests that the server has not seen, and after GOAWAY never will.
void session::return_queued() {
  for (auto at = streams_.begin(); at != streams_.end();) {
    const auto id = at->first;
    const bool is_queued = !at->second.is_on_wire;
    ++at;
    if (is_queued) finish(id, ending::unsent);
  }
}

bool session::is_flood() const noexcept { return fed_ > overhead_free + forgiven_ + (1 + overhead_factor) * useful_; }

/// Ends the session for what the server has done; the first reason stays.
void session::break_off(std::uint32_t code, std::string why) {
  if (failure_) return;
  failure_ = error{errc::http_malformed, "HTTP/2: " + std::move(why)};
  nghttp2_session_terminate_session(raw_, code);
}

void session::head_is_whole(std::int32_t id, bool is_last) {
  stream* const s = find(id);
  if (s == nullptr) return;
  if (s->has_head) {  // trailers
    s->headers.clear();
  } else if (s->status >= 200) {
    s->has_head = true;
    events_.push_back({.what = event::kind::head, .stream = id, .status = s->status, .headers = std::exchange(s->headers, {}), .bytes = {}, .why = {}});
  } else if (s->status < 100 || ++s->interim > limits_.max_interim) {  // nghttp2 takes any three digits for a status
    nghttp2_submit_rst_stream(raw_, NGHTTP2_FLAG_NONE, id, NGHTTP2_PROTOCOL_ERROR);
    return finish(id, ending::malformed);
  } else {
    s->headers.clear();
  }
  if (is_last) finish(id, ending::complete);
}

}  // namespace trawl::net::h2
