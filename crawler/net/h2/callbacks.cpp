#include "crawler/net/h2/callbacks.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <memory>
#include <new>

namespace trawl::net::h2 {
namespace {

session& owner_of(void* user_data) { return *static_cast<session*>(user_data); }

std::string_view trimmed(std::string_view value) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!value.empty() && is_blank(value.front())) value.remove_prefix(1);
  while (!value.empty() && is_blank(value.back())) value.remove_suffix(1);
  return value;
}

ending by_code(std::uint32_t code) {
  if (code == NGHTTP2_REFUSED_STREAM) return ending::refused;
  if (code == NGHTTP2_HTTP_1_1_REQUIRED) return ending::needs_http1;
  return ending::reset;
}

}  // namespace

/// nghttp2 is C: an exception can't pass through it, and running out of memory inside it ends the process.
struct callbacks {
  static int begin_frame(nghttp2_session*, const nghttp2_frame_hd* head, void* user_data) noexcept {
    session& me = owner_of(user_data);
    if (head->type == NGHTTP2_PUSH_PROMISE) {  // ENABLE_PUSH was 0 before there was a request to promise for (RFC 9113, 8.4)
      me.break_off(NGHTTP2_PROTOCOL_ERROR, "a push that was not asked for");
      return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
    const bool is_fields = head->type == NGHTTP2_HEADERS || head->type == NGHTTP2_CONTINUATION;
    if (is_fields && me.find(head->stream_id) != nullptr) me.useful_ += head->length;
    return 0;
  }

  static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                    std::uint8_t, void* user_data) noexcept {
    session& me = owner_of(user_data);
    session::stream* const s = me.find(frame->hd.stream_id);
    if (s == nullptr) return 0;
    const std::string_view key(reinterpret_cast<const char*>(name), name_size), text(reinterpret_cast<const char*>(value), value_size);
    s->header_bytes += name_size + value_size + 4;  // ": " and a line's end
    if (s->header_bytes > me.limits_.max_header || ++s->fields > me.limits_.max_fields) {
      me.finish(frame->hd.stream_id, ending::header_too_large);
      return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    if (key == ":status") {
      std::from_chars(text.data(), text.data() + text.size(), s->status);  // three digits, as nghttp2 has checked
    } else if (!s->has_head) {
      s->headers.emplace_back(key, trimmed(text));
    }
    return 0;
  }

  /// A field that nghttp2 would drop. Control characters are kept as HTTP/1.1 answers keep them (RFC 9110, 5.5), but for those that are
  /// dangerous; a name that is none, or not in lower case, makes the answer malformed (RFC 9113, 8.2.1).
  static int invalid_header(nghttp2_session* raw, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size, const std::uint8_t* value,
                            std::size_t value_size, std::uint8_t flags, void* user_data) noexcept {
    const std::string_view text(reinterpret_cast<const char*>(value), value_size);
    const bool is_dangerous = text.find_first_of(std::string_view("\0\r\n", 3)) != std::string_view::npos;
    if (!is_dangerous && nghttp2_check_header_name(name, name_size) != 0) return header(raw, frame, name, name_size, value, value_size, flags, user_data);
    owner_of(user_data).finish(frame->hd.stream_id, ending::malformed);
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }

  static int frame_came(nghttp2_session*, const nghttp2_frame* frame, void* user_data) noexcept {
    session& me = owner_of(user_data);
    const bool is_last = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    switch (frame->hd.type) {
      case NGHTTP2_HEADERS: me.head_is_whole(frame->hd.stream_id, is_last); break;
      case NGHTTP2_DATA:
        if (is_last) me.finish(frame->hd.stream_id, ending::complete);
        break;
      case NGHTTP2_RST_STREAM: me.finish(frame->hd.stream_id, by_code(frame->rst_stream.error_code)); break;
      case NGHTTP2_GOAWAY:
        me.draining_ = true;
        me.return_queued();
        break;
      default: break;  // an open set: extension frames are ignored (RFC 9113, 5.5)
    }
    return 0;
  }

  static int data(nghttp2_session* raw, std::uint8_t, std::int32_t id, const std::uint8_t* bytes, std::size_t size, void* user_data) noexcept {
    session& me = owner_of(user_data);
    if (me.find(id) == nullptr) {  // given up; only the window of all bodies is left to open
      nghttp2_session_consume(raw, id, size);
      return 0;
    }
    me.useful_ += size;
    const std::string_view piece(reinterpret_cast<const char*>(bytes), size);
    if (!me.events_.empty() && me.events_.back().stream == id && me.events_.back().what == event::kind::body) {
      me.events_.back().bytes += piece;
    } else {
      me.events_.push_back({.what = event::kind::body, .stream = id, .status = 0, .headers = {}, .bytes = std::string(piece), .why = {}});
    }
    return 0;
  }

  /// What has not ended by a frame of the server ends here: refused by a GOAWAY, or reset by nghttp2 because it breaks the rules.
  static int stream_closed(nghttp2_session*, std::int32_t id, std::uint32_t code, void* user_data) noexcept {
    owner_of(user_data).finish(id, code == NGHTTP2_REFUSED_STREAM ? ending::refused : ending::malformed);
    return 0;
  }

  static int frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user_data) noexcept {
    session& me = owner_of(user_data);
    if (frame->hd.type == NGHTTP2_HEADERS) {
      if (session::stream* const s = me.find(frame->hd.stream_id)) s->is_on_wire = true;
    } else if (frame->hd.type == NGHTTP2_GOAWAY && !me.failure_) {
      me.failure_ = error{errc::http_malformed, std::string("HTTP/2: ") + nghttp2_http2_strerror(frame->goaway.error_code)};
    }
    return 0;
  }

  static int frame_not_sent(nghttp2_session*, const nghttp2_frame* frame, int, void* user_data) noexcept {
    if (frame->hd.type == NGHTTP2_HEADERS) owner_of(user_data).finish(frame->hd.stream_id, ending::unsent);
    return 0;
  }

  static ssize_t request_body(session& me, std::int32_t id, std::uint8_t* into, std::size_t room, std::uint32_t* flags) noexcept {
    session::stream* const s = me.find(id);
    if (s == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;  // its answer is complete: the rest is not sent
    const std::size_t size = std::min(room, s->body.size() - s->body_sent);
    std::memcpy(into, s->body.data() + s->body_sent, size);
    s->body_sent += size;
    if (s->body_sent == s->body.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(size);
  }
};

nghttp2_session* make_raw(session& owner, const nghttp2_option* options) {
  nghttp2_session_callbacks* raw = nullptr;
  if (nghttp2_session_callbacks_new(&raw) != 0) throw std::bad_alloc();
  const std::unique_ptr<nghttp2_session_callbacks, decltype(&nghttp2_session_callbacks_del)> held(raw, &nghttp2_session_callbacks_del);
  nghttp2_session_callbacks_set_on_begin_frame_callback(raw, &callbacks::begin_frame);
  nghttp2_session_callbacks_set_on_header_callback(raw, &callbacks::header);
  nghttp2_session_callbacks_set_on_invalid_header_callback(raw, &callbacks::invalid_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(raw, &callbacks::frame_came);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(raw, &callbacks::data);
  nghttp2_session_callbacks_set_on_stream_close_callback(raw, &callbacks::stream_closed);
  nghttp2_session_callbacks_set_on_frame_send_callback(raw, &callbacks::frame_sent);
  nghttp2_session_callbacks_set_on_frame_not_send_callback(raw, &callbacks::frame_not_sent);
  nghttp2_session* out = nullptr;
  if (nghttp2_session_client_new2(&out, raw, &owner, options) != 0) throw std::bad_alloc();
  return out;
}

ssize_t read_request_body(nghttp2_session*, std::int32_t id, std::uint8_t* into, std::size_t room, std::uint32_t* flags, nghttp2_data_source*, void* user_data) {
  return callbacks::request_body(owner_of(user_data), id, into, room, flags);
}

}  // namespace trawl::net::h2
