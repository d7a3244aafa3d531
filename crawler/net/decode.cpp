#include "crawler/net/decode.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <vector>

namespace trawl::net {
namespace {

constexpr std::size_t most_codings = 3;
constexpr int zlib_window = 15, gzip_window = 15 + 16, raw_window = -15;  // as inflateInit2 takes them

/// Owns a zlib stream.
class inflater {
 public:
  explicit inflater(int window) { ok_ = inflateInit2(&stream_, window) == Z_OK; }
  ~inflater() {
    if (ok_) inflateEnd(&stream_);
  }
  inflater(const inflater&) = delete;
  inflater& operator=(const inflater&) = delete;

  result<std::string> run(std::string_view in, std::size_t limit, truncation& cut) {
    std::string out;
    std::array<char, 64 * 1024> step;
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));  // zlib's interface is older than const
    stream_.avail_in = static_cast<uInt>(in.size());
    for (;;) {
      stream_.next_out = reinterpret_cast<Bytef*>(step.data());
      stream_.avail_out = static_cast<uInt>(step.size());
      const int code = ok_ ? inflate(&stream_, Z_NO_FLUSH) : Z_MEM_ERROR;
      out.append(step.data(), step.size() - stream_.avail_out);
      if (out.size() > limit) {
        out.resize(limit);
        cut = truncation::length;
        return out;
      }
      if (code == Z_STREAM_END) {
        // RFC 1952, 2.2: members follow each other. What is no member is garbage, and ignored as browsers do.
        if (stream_.avail_in > 2 && stream_.next_in[0] == 0x1F && stream_.next_in[1] == 0x8B && inflateReset(&stream_) == Z_OK) continue;
        return out;
      }
      const bool broken = code != Z_OK && (code != Z_BUF_ERROR || stream_.avail_in > 0);
      if (broken && out.empty()) return fail(errc::body_decode, "the compressed body is broken");
      if (broken || (stream_.avail_in == 0 && stream_.avail_out != 0)) {
        if (cut == truncation::none) cut = truncation::disconnect;  // what cut the stream itself short is the better reason
        return out;
      }
    }
  }

 private:
  z_stream stream_{};
  bool ok_ = false;
};

std::vector<std::string> codings_of(const header_list& headers) {
  std::vector<std::string> out;
  for (const auto& [name, value] : headers) {
    if (!equal_ignoring_case(name, "content-encoding")) continue;
    std::string word;
    for (const char c : value + ",") {
      if (c == ',') {
        if (!word.empty() && word != "identity") out.push_back(word);
        word.clear();
      } else if (c != ' ' && c != '\t') {
        word += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
      }
    }
  }
  return out;
}

}  // namespace

result<std::string> decode_body(std::string body, const header_list& headers, std::size_t limit, truncation& cut) {
  const auto codings = codings_of(headers);
  if (codings.size() > most_codings) return fail(errc::body_decode, "more than three content codings");
  for (auto coding = codings.rbegin(); coding != codings.rend() && !body.empty(); ++coding) {
    result<std::string> plain;
    if (*coding == "gzip" || *coding == "x-gzip") {
      plain = inflater(gzip_window).run(body, limit, cut);
    } else if (*coding == "deflate") {  // means zlib (RFC 9110, 8.4.1.2), but some servers send it raw
      plain = inflater(zlib_window).run(body, limit, cut);
      if (!plain) plain = inflater(raw_window).run(body, limit, cut);
    } else {
      return body;
    }
    if (!plain) return plain;
    body = std::move(*plain);
  }
  if (body.size() > limit) {
    body.resize(limit);
    cut = truncation::length;
  }
  return body;
}

}  // namespace trawl::net
