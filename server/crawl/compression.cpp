#include "server/crawl/compression.hpp"

#include <zlib.h>
#include <zstd.h>

#include <memory>
#include <new>

namespace trawl::server {
namespace {

constexpr std::string_view gzip_suffix = ".gz", zstd_suffix = ".zst";

std::string gzip(std::string_view text) {
  z_stream z{};
  constexpr int gzip_window = 15 + 16;  // zlib.h, deflateInit2: 16 more is a gzip header
  if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
  const std::unique_ptr<z_stream, int (*)(z_stream*)> owned(&z, deflateEnd);
  std::string out(deflateBound(&z, text.size()), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // zlib only reads it
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);  // there is room for all of it
  out.resize(z.total_out);
  return out;
}

std::string zstd(std::string_view text) {
  const std::unique_ptr<ZSTD_CCtx, std::size_t (*)(ZSTD_CCtx*)> context(ZSTD_createCCtx(), ZSTD_freeCCtx);
  if (!context) throw std::bad_alloc();
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  std::string out(ZSTD_compressBound(text.size()), '\0');
  const std::size_t size = ZSTD_compress2(context.get(), out.data(), out.size(), text.data(), text.size());
  if (ZSTD_isError(size) != 0) throw std::bad_alloc();  // there is room for all of it, so memory is what it may lack
  out.resize(size);
  return out;
}

}  // namespace

compression compression_of(std::string_view path) noexcept {
  if (path.ends_with(gzip_suffix)) return compression::gzip;
  return path.ends_with(zstd_suffix) ? compression::zstd : compression::none;
}

std::string_view without_compression(std::string_view path) noexcept {
  switch (compression_of(path)) {
    case compression::none: return path;
    case compression::gzip: return path.substr(0, path.size() - gzip_suffix.size());
    case compression::zstd: return path.substr(0, path.size() - zstd_suffix.size());
  }
  return path;
}

std::string compressed(compression how, std::string_view text) {
  switch (how) {
    case compression::none: return std::string(text);
    case compression::gzip: return gzip(text);
    case compression::zstd: return zstd(text);
  }
  return {};
}

}  // namespace trawl::server
