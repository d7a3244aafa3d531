// Any 10 MiB of bytes end within two seconds of CPU time and 256 MiB: response heads, chunks, content codings.
#include <gtest/gtest.h>
#include <zlib.h>

#include "crawler/net/decode.hpp"
#include "crawler/net/http1.hpp"
#include "tests/support/cost.hpp"

namespace trawl::net {
namespace {

using test::expect_bounded, test::flood;

constexpr std::size_t largest_body = test::is_sanitized ? std::size_t{1} << 20 : std::size_t{16} << 20;  // fetch.max_body's default

void read_heads(std::size_t size) {
  for (const char* start : {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 ", "HTTP/1.1 200 OK\r\na:", "HTTP/1.1 200 OK\r\nTransfer-Encoding: "})
    for (const char* piece : {"H", "\r\n", "\n", "\r", "a:b\r\n", ":", " a\r\n", "HTTP/1.1 100 C\r\n\r\n", ",", "chunked,", "content-length: 1\r\n", "transfer-encoding: a,b\r\n", "\x01"}) {
      for (const std::size_t limit : {std::size_t{256} << 10, std::size_t{64} << 20})
        expect_bounded(std::string(start) + " and " + piece, [limit, bytes = flood(start, piece, size) + "\r\n\r\n"] {
          std::size_t consumed = 0;
          static_cast<void>(read_head(bytes, "GET", limit, consumed));
          static_cast<void>(has_empty_line(bytes, 0));
        });
    }
}

TEST(WorstCase, HeadsShortly) { read_heads(test::bad_input / 16); }
TEST(WorstCaseNightly, Heads) { read_heads(test::bad_input); }

/// A body that comes in parts of `step` bytes.
void read_body(framing kind, std::string_view bytes, std::size_t step) {
  response_head head;
  head.body = kind;
  head.length = bytes.size() / 2;
  body_reader reader(head);
  std::string out;
  while (!reader.done() && !bytes.empty()) {
    const auto taken = reader.take(bytes.substr(0, step), out);
    if (!taken) return;
    bytes.remove_prefix(*taken);
  }
}

void read_bodies(std::size_t size) {
  for (const framing kind : {framing::chunked, framing::length, framing::close})
    for (const char* piece : {"1\r\na\r\n", "1\na\n", "f", "0", ";", "\r", "\n", "0\r\n", "1;a=b\r\na\r\n", "0\r\na: b\r\n", "ffffffffffffffff\r\n"})
      for (const std::size_t step : {std::size_t{1}, std::size_t{4096}, size})
        expect_bounded(piece, [=, bytes = flood("", piece, size)] { read_body(kind, bytes, step); });
  expect_bounded("trailers", [bytes = flood("0\r\n", "a: b\r\n")] { read_body(framing::chunked, bytes, 1); });
}

TEST(WorstCase, BodiesShortly) { read_bodies(test::bad_input / 16); }
TEST(WorstCaseNightly, Bodies) { read_bodies(test::bad_input); }

std::string packed(std::string_view plain, int window) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, window, 9, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, plain.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

void unpack(std::string body, const std::string& coding) {
  truncation cut = truncation::none;
  static_cast<void>(decode_body(std::move(body), {{"Content-Encoding", coding}}, largest_body, cut));
}

TEST(WorstCase, Codings) {
  for (const char* coding : {"gzip", "deflate", "gzip, gzip, gzip", "deflate, gzip"})
    for (const char* piece : {"\x1F\x8B", "\x1F\x8B\x08\x08zzzzzzz", "x\x9C", "a", "\xFF"}) expect_bounded(std::string(coding) + " and " + piece, [=, body = flood("", piece)] { unpack(body, coding); });
  expect_bounded("a list of codings", [list = flood("", "gzip,")] { unpack("x", list); });
}

TEST(WorstCase, Bombs) {
  const std::string zeros(test::bad_input * 8, '\0');
  const std::string once = packed(zeros, 31), twice = packed(once, 31), thrice = packed(twice, 31);
  const std::string nothing = packed("", 31), byte = packed("a", 31);
  expect_bounded("once", [&] { unpack(once, "gzip"); });
  expect_bounded("twice", [&] { unpack(twice, "gzip, gzip"); });
  expect_bounded("thrice", [&] { unpack(thrice, "gzip, gzip, gzip"); });
  expect_bounded("ten MiB of bombs", [&] { unpack(flood("", once), "gzip"); });
  expect_bounded("members of nothing", [&] { unpack(flood("", nothing), "gzip"); });
  expect_bounded("members of a byte", [&] { unpack(flood("", byte), "gzip"); });
}

}  // namespace
}  // namespace trawl::net
