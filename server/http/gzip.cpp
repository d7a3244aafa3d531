#include "server/http/gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <memory>
#include <new>

#include "crawler/model/response.hpp"

namespace trawl::server::http {
namespace {

namespace asio = boost::asio;

constexpr int window = 13 + 16, memory = 6;  // 8 KiB of history and a gzip header: 64 KiB for each follower, where zlib's defaults take 256

/// RFC 1952, written on.
class gzip_writer {
 public:
  gzip_writer() {
    if (deflateInit2(&z_, Z_BEST_SPEED, Z_DEFLATED, window, memory, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();  // speed: it is the loop's time
  }
  ~gzip_writer() { deflateEnd(&z_); }
  gzip_writer(const gzip_writer&) = delete;
  gzip_writer& operator=(const gzip_writer&) = delete;

  /// `flush` Z_SYNC_FLUSH: all of `text` can be read from what was written; Z_FINISH: it was the last.
  std::string write(std::string_view text, int flush) {
    std::string out(deflateBound(&z_, text.size()) + 16, '\0');
    z_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // zlib only reads it
    z_.avail_in = static_cast<uInt>(text.size());
    std::size_t size = 0;
    for (;;) {
      z_.next_out = reinterpret_cast<Bytef*>(out.data() + size);
      z_.avail_out = static_cast<uInt>(out.size() - size);
      deflate(&z_, flush);
      size = out.size() - z_.avail_out;
      if (z_.avail_out > 0) break;
      out.resize(2 * out.size());
    }
    out.resize(size);
    return out;
  }

 private:
  z_stream z_{};
};

class gzip_blocks final : public async::stream<std::string>::source {
 public:
  explicit gzip_blocks(async::stream<std::string> from) : from_(std::move(from)) {}

  asio::awaitable<std::optional<std::string>> next() override {
    if (has_ended_) co_return std::nullopt;
    const auto block = co_await from_.next();
    has_ended_ = !block;
    co_return writer_.write(block ? std::string_view(*block) : "", block ? Z_SYNC_FLUSH : Z_FINISH);
  }

 private:
  async::stream<std::string> from_;
  gzip_writer writer_;
  bool has_ended_ = false;
};

std::string_view trimmed(std::string_view s) noexcept {
  while (s.starts_with(' ') || s.starts_with('\t')) s.remove_prefix(1);
  while (s.ends_with(' ') || s.ends_with('\t')) s.remove_suffix(1);
  return s;
}

/// A weight of 0, however many zeros: "q=0", "q=0.000" (RFC 9110, 12.4.2).
bool is_refused(std::string_view parameters) noexcept {
  const std::size_t at = parameters.find_first_of("qQ");
  if (at == std::string_view::npos || at + 1 >= parameters.size() || parameters[at + 1] != '=') return false;
  const std::string_view weight = trimmed(parameters.substr(at + 2));
  return weight.starts_with('0') && std::ranges::all_of(weight, [](char c) { return c == '0' || c == '.'; });
}

/// What the list says of gzip: 1 yes, -1 no, 0 nothing; what names it counts more than "*".
int verdict_of(std::string_view list) noexcept {
  int any = 0;
  while (!list.empty()) {
    const std::string_view item = list.substr(0, list.find(','));
    list.remove_prefix(std::min(item.size() + 1, list.size()));
    const std::string_view name = trimmed(item.substr(0, item.find(';')));
    const int says = is_refused(item.substr(std::min(item.find(';'), item.size()))) ? -1 : 1;
    if (equal_ignoring_case(name, "gzip") || equal_ignoring_case(name, "x-gzip")) return says;
    if (name == "*") any = says;
  }
  return any;
}

bool is_text(std::string_view type) noexcept {
  return type.starts_with("text/") || type.starts_with("application/json") || type.starts_with("application/x-ndjson") || type.starts_with("application/problem+json");
}

}  // namespace

bool accepts_gzip(const request& r) noexcept {
  int says = 0;
  for (const auto& [name, value] : r.fields)  // several fields are one list (RFC 9110, 5.2)
    if (says == 0 && equal_ignoring_case(name, "accept-encoding")) says = verdict_of(value);
  return says > 0;
}

void compress(answer& out, bool is_accepted) {
  if (!is_text(out.content_type) || out.status == 204) return;
  if (!out.blocks && out.body.size() < smallest_compressed) return;
  out.fields.emplace_back("Vary", "Accept-Encoding");
  if (!is_accepted) return;
  out.fields.emplace_back("Content-Encoding", "gzip");
  if (out.blocks) out.blocks = async::stream<std::string>(std::make_unique<gzip_blocks>(std::move(*out.blocks)));
  else out.body = gzip_writer().write(out.body, Z_FINISH);
}

}  // namespace trawl::server::http
