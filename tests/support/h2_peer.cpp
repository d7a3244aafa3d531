#include "tests/support/h2_peer.hpp"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>
#include <stdexcept>

namespace trawl::testing {

namespace asio = boost::asio;

namespace {

void put_length(std::string& out, std::size_t length) {  // RFC 7541, 5.1, a prefix of 7 bits
  if (length < 127) {
    out += static_cast<char>(length);
    return;
  }
  out += static_cast<char>(127);
  for (length -= 127; length >= 128; length /= 128) out += static_cast<char>(128 | (length % 128));
  out += static_cast<char>(length);
}

std::vector<nghttp2_nv> as_list(const header_list& fields) {
  std::vector<nghttp2_nv> out;
  const auto bytes = [](const std::string& text) { return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data())); };
  for (const auto& [name, value] : fields) out.push_back({bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
  return out;
}

void require(int answer) {
  if (answer < 0) throw std::runtime_error(nghttp2_strerror(answer));
}

}  // namespace

std::string number(std::uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 255);
  return out;
}

std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
  std::string out = number(static_cast<std::uint32_t>(payload.size())).substr(1);
  out += static_cast<char>(type);
  out += static_cast<char>(flags);
  out += number(stream);
  return out.append(payload);
}

std::string field_block(const header_list& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    out += '\0';
    put_length(out, name.size());
    out += name;
    put_length(out, value.size());
    out += value;
  }
  return out;
}

std::string head_frame(std::uint32_t stream, const header_list& fields, std::uint8_t more_flags) {
  return frame(headers_frame, static_cast<std::uint8_t>(end_headers | more_flags), stream, field_block(fields));
}

std::string h2_request::field(std::string_view name) const {
  const auto found = std::ranges::find(fields, name, [](const auto& pair) { return pair.first; });
  return found == fields.end() ? std::string() : found->second;
}

struct peer_callbacks {
  static h2_peer& me(void* user_data) { return *static_cast<h2_peer*>(user_data); }
  static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                    std::uint8_t, void* user_data) {
    me(user_data).requests_[frame->hd.stream_id].fields.emplace_back(std::string(reinterpret_cast<const char*>(name), name_size),
                                                                     std::string(reinterpret_cast<const char*>(value), value_size));
    return 0;
  }
  static int data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes, std::size_t size, void* user_data) {
    me(user_data).requests_[id].body.append(reinterpret_cast<const char*>(bytes), size);
    return 0;
  }
  static int came(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
    if (frame->hd.type == NGHTTP2_PING) ++me(user_data).pings_;
    if (frame->hd.type == NGHTTP2_RST_STREAM) {
      h2_request& r = me(user_data).requests_[frame->hd.stream_id];
      r.is_reset = true;
      r.reset_code = frame->rst_stream.error_code;
    }
    if ((frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) me(user_data).requests_[frame->hd.stream_id].is_whole = true;
    return 0;
  }
  static ssize_t body(nghttp2_session* raw, std::int32_t id, std::uint8_t* into, std::size_t room, std::uint32_t* flags, nghttp2_data_source*, void* user_data) {
    h2_peer::answer& a = me(user_data).answers_[id];
    const std::size_t size = std::min(room, a.body.size() - a.sent);
    std::memcpy(into, a.body.data() + a.sent, size);
    a.sent += size;
    if (a.sent < a.body.size()) return static_cast<ssize_t>(size);
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (!a.trailers.empty()) {
      *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      const auto list = as_list(a.trailers);
      require(nghttp2_submit_trailer(raw, id, list.data(), list.size()));
    }
    return static_cast<ssize_t>(size);
  }
};

h2_peer::h2_peer(std::uint32_t most_streams) {
  nghttp2_session_callbacks* raw = nullptr;
  require(nghttp2_session_callbacks_new(&raw));
  nghttp2_session_callbacks_set_on_header_callback(raw, &peer_callbacks::header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(raw, &peer_callbacks::data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(raw, &peer_callbacks::came);
  require(nghttp2_session_server_new(&raw_, raw, this));
  nghttp2_session_callbacks_del(raw);
  const nghttp2_settings_entry entry{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, most_streams};
  require(nghttp2_submit_settings(raw_, NGHTTP2_FLAG_NONE, &entry, 1));
}

h2_peer::~h2_peer() { nghttp2_session_del(raw_); }

bool h2_peer::feed(std::string_view bytes) { return nghttp2_session_mem_recv(raw_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()) == static_cast<ssize_t>(bytes.size()); }

std::string h2_peer::take_output() {
  std::string out;
  const std::uint8_t* bytes = nullptr;
  for (;;) {
    const auto size = nghttp2_session_mem_send(raw_, &bytes);
    if (size <= 0) return out;
    out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  }
}

void h2_peer::respond(std::int32_t stream, int status, header_list fields, std::string body, header_list trailers) {
  fields.insert(fields.begin(), {":status", std::to_string(status)});
  const auto list = as_list(fields);
  const bool has_body = !body.empty() || !trailers.empty();
  answers_[stream] = {std::move(body), 0, std::move(trailers)};
  nghttp2_data_provider from{};
  from.read_callback = &peer_callbacks::body;
  require(nghttp2_submit_response(raw_, stream, list.data(), list.size(), has_body ? &from : nullptr));
}

void h2_peer::interim(std::int32_t stream, int status) {
  const header_list fields{{":status", std::to_string(status)}};
  const auto list = as_list(fields);
  require(nghttp2_submit_headers(raw_, NGHTTP2_FLAG_NONE, stream, nullptr, list.data(), list.size(), nullptr));
}

void h2_peer::reset(std::int32_t stream, std::uint32_t code) { require(nghttp2_submit_rst_stream(raw_, NGHTTP2_FLAG_NONE, stream, code)); }
void h2_peer::go_away(std::int32_t last, std::uint32_t code) { require(nghttp2_submit_goaway(raw_, NGHTTP2_FLAG_NONE, last, code, nullptr, 0)); }

memory_stream::memory_stream(asio::any_io_executor executor) : news_(executor, asio::steady_timer::time_point::max()) {}

asio::awaitable<result<std::size_t>> memory_stream::read(std::string& buffer) {
  while (incoming_.empty() && !hung_up_ && !closed_) co_await news_.async_wait(asio::as_tuple(asio::use_awaitable));
  if (closed_) co_return fail(errc::cancelled);
  const std::size_t size = incoming_.size();
  buffer += std::exchange(incoming_, {});
  co_return size;
}

asio::awaitable<result<void>> memory_stream::write(const std::string& bytes) {
  while (!takes_writes && !closed_) co_await news_.async_wait(asio::as_tuple(asio::use_awaitable));
  if (closed_ || hung_up_) co_return fail(errc::connect_reset);
  if (on_write) on_write(bytes);
  co_return result<void>{};
}

void memory_stream::close() noexcept {
  closed_ = true;
  news_.cancel();
}

void memory_stream::push(std::string_view bytes) {
  incoming_ += bytes;
  news_.cancel();
}

void memory_stream::hang_up() {
  hung_up_ = true;
  news_.cancel();
}

}  // namespace trawl::testing
