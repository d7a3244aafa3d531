#include "tests/support/compressed.hpp"

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace trawl::testing {
namespace {

/// Gives the plain bytes a piece at a time; an empty piece is the end.
using source = std::function<std::string_view()>;

constexpr std::size_t step_size = 64 * 1024;

std::string with_zlib(const source& next, int window) {
  z_stream stream{};
  if (deflateInit2(&stream, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
  std::string out, room(step_size, '\0');
  for (int code = Z_OK; code != Z_STREAM_END;) {
    const std::string_view piece = next();
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    stream.avail_in = static_cast<uInt>(piece.size());
    do {
      stream.next_out = reinterpret_cast<Bytef*>(room.data());
      stream.avail_out = static_cast<uInt>(room.size());
      code = deflate(&stream, piece.empty() ? Z_FINISH : Z_NO_FLUSH);
      out.append(room, 0, room.size() - stream.avail_out);
    } while (stream.avail_out == 0);
  }
  deflateEnd(&stream);
  return out;
}

std::string with_brotli(const source& next, int window_log) {
  const std::unique_ptr<BrotliEncoderState, decltype(&BrotliEncoderDestroyInstance)> state(BrotliEncoderCreateInstance(nullptr, nullptr, nullptr), &BrotliEncoderDestroyInstance);
  BrotliEncoderSetParameter(state.get(), BROTLI_PARAM_QUALITY, 5);
  if (window_log > BROTLI_MAX_WINDOW_BITS) BrotliEncoderSetParameter(state.get(), BROTLI_PARAM_LARGE_WINDOW, 1);
  if (window_log > 0) BrotliEncoderSetParameter(state.get(), BROTLI_PARAM_LGWIN, static_cast<std::uint32_t>(window_log));
  std::string out, room(step_size, '\0');
  while (!BrotliEncoderIsFinished(state.get())) {
    const std::string_view piece = next();
    const auto* from = reinterpret_cast<const std::uint8_t*>(piece.data());
    std::size_t in_left = piece.size();
    do {
      auto* to = reinterpret_cast<std::uint8_t*>(room.data());
      std::size_t out_left = room.size();
      BrotliEncoderCompressStream(state.get(), piece.empty() ? BROTLI_OPERATION_FINISH : BROTLI_OPERATION_PROCESS, &in_left, &from, &out_left, &to, nullptr);
      out.append(room, 0, room.size() - out_left);
    } while (in_left > 0 || BrotliEncoderHasMoreOutput(state.get()));
  }
  return out;
}

std::string with_zstd(const source& next, int window_log) {
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(), &ZSTD_freeCCtx);
  if (window_log > 0) ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, window_log);
  std::string out, room(step_size, '\0');
  for (bool ended = false; !ended;) {
    const std::string_view piece = next();
    ZSTD_inBuffer from{piece.data(), piece.size(), 0};
    std::size_t left = 0;
    do {
      ZSTD_outBuffer to{room.data(), room.size(), 0};
      left = ZSTD_compressStream2(context.get(), &to, &from, piece.empty() ? ZSTD_e_end : ZSTD_e_continue);
      out.append(room, 0, to.pos);
    } while (from.pos < from.size || (piece.empty() && left > 0));
    ended = piece.empty();
  }
  return out;
}

std::string encode(const source& next, std::string_view coding, int window_log) {
  if (coding == "gzip") return with_zlib(next, 15 + 16);
  if (coding == "deflate") return with_zlib(next, 15);
  if (coding == "raw") return with_zlib(next, -15);
  if (coding == "br") return with_brotli(next, window_log);
  if (coding == "zstd") return with_zstd(next, window_log);
  throw std::invalid_argument("no such coding");
}

}  // namespace

std::string compressed(std::string_view plain, std::string_view coding) {
  return encode([rest = plain]() mutable {
    const std::string_view piece = rest.substr(0, step_size);
    rest.remove_prefix(piece.size());
    return piece;
  }, coding, 0);
}

std::string compressed_zeros(std::uint64_t size, std::string_view coding, int window_log) {
  const std::string zeros(1U << 20, '\0');
  return encode([&, left = size]() mutable {
    const std::string_view piece = std::string_view(zeros).substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left, zeros.size())));
    left -= piece.size();
    return piece;
  }, coding, window_log);
}

std::string_view label_of(std::string_view coding) { return coding == "raw" ? "deflate" : coding; }

}  // namespace trawl::testing
