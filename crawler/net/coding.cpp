#include "crawler/net/coding.hpp"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <new>
#include <string>

namespace trawl::net {
namespace {

/// Owns a zlib stream. One step of it.
class inflater {
 public:
  /// `window` as inflateInit2 takes it.
  explicit inflater(int window) {
    if (inflateInit2(&stream_, window) != Z_OK) throw std::bad_alloc();
    ignore_checksums();
  }
  ~inflater() { inflateEnd(&stream_); }
  inflater(const inflater&) = delete;
  inflater& operator=(const inflater&) = delete;

  void restart() { inflateReset(&stream_); }
  void restart(int window) {
    inflateReset2(&stream_, window);
    ignore_checksums();
  }

  coding::step run(std::string_view in, std::span<char> room, bool& ended) {
    constexpr std::size_t most = 1U << 30;  // zlib counts in unsigned int
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));  // zlib's interface is older than const
    stream_.avail_in = static_cast<uInt>(std::min(in.size(), most));
    stream_.next_out = reinterpret_cast<Bytef*>(room.data());
    stream_.avail_out = static_cast<uInt>(std::min(room.size(), most));
    const uInt in_before = stream_.avail_in, out_before = stream_.avail_out;
    const int code = inflate(&stream_, Z_NO_FLUSH);
    ended = code == Z_STREAM_END;
    return {in_before - stream_.avail_in, out_before - stream_.avail_out, code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR};
  }

 private:
  /// Servers that write a wrong checksum or length behind a good stream are read by browsers, which skip both.
  void ignore_checksums() { inflateValidate(&stream_, 0); }
  z_stream stream_{};
};

/// A coding whose members may follow each other: gzip (RFC 1952, 2.2), frames of zstd (RFC 8878, 3). Behind a member, what does not
/// begin like one is garbage, and so is a begin that goes no further.
class members : public coding {
 public:
  step decode(std::string_view in, std::span<char> room) final {
    const std::string_view all = in;
    if (between_ && !find_next(in)) return {.taken = all.size()};
    if (!begin_.empty()) {
      const std::string begin = std::move(begin_);
      begin_.clear();
      restart();
      run(begin, room, between_);  // a few bytes of a header: all are taken, nothing is given
    }
    step s = run(in, room, between_);
    s.taken += all.size() - in.size();
    return s;
  }
  bool is_whole() const noexcept final { return between_; }

 protected:
  virtual step run(std::string_view in, std::span<char> room, bool& ended) = 0;
  virtual void restart() = 0;
  /// Could these first bytes, at most `begin_size` of them, be those of a member?
  virtual bool may_begin(std::string_view bytes) const noexcept = 0;
  virtual std::size_t begin_size() const noexcept = 0;

 private:
  /// Collects the begin of another member from the front of `in`; false: it is not there, or not yet.
  bool find_next(std::string_view& in) {
    while (!garbage_ && !in.empty() && begin_.size() < begin_size()) {
      begin_ += in.front();
      in.remove_prefix(1);
      garbage_ = !may_begin(begin_);
    }
    if (garbage_ || begin_.size() < begin_size()) return false;
    between_ = false;
    return true;
  }

  bool between_ = false, garbage_ = false;
  std::string begin_;
};

class gzip_coding final : public members {
  step run(std::string_view in, std::span<char> room, bool& ended) override { return inflater_.run(in, room, ended); }
  void restart() override { inflater_.restart(); }
  bool may_begin(std::string_view bytes) const noexcept override { return std::string_view("\x1F\x8B\x08").starts_with(bytes); }
  std::size_t begin_size() const noexcept override { return 3; }

  inflater inflater_{15 + 16};
};

class zstd_coding final : public members {
 public:
  zstd_coding() : stream_(ZSTD_createDStream()) {
    if (!stream_) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(stream_.get(), ZSTD_d_windowLogMax, zstd_window_log);
  }

 private:
  step run(std::string_view in, std::span<char> room, bool& ended) override {
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    ZSTD_outBuffer to{room.data(), room.size(), 0};
    const std::size_t code = ZSTD_decompressStream(stream_.get(), &to, &from);
    ended = code == 0;
    return {from.pos, to.pos, ZSTD_isError(code) != 0};
  }
  void restart() override { ZSTD_DCtx_reset(stream_.get(), ZSTD_reset_session_only); }
  /// A frame, or one to skip (RFC 8878, 3.1.1 and 3.1.2).
  bool may_begin(std::string_view bytes) const noexcept override {
    if (std::string_view("\x28\xB5\x2F\xFD").starts_with(bytes)) return true;
    return (static_cast<unsigned char>(bytes[0]) & 0xF0) == 0x50 && std::string_view("\x2A\x4D\x18").starts_with(bytes.substr(1));
  }
  std::size_t begin_size() const noexcept override { return 4; }

  struct release {
    void operator()(ZSTD_DStream* s) const noexcept { ZSTD_freeDStream(s); }
  };
  std::unique_ptr<ZSTD_DStream, release> stream_;
};

class brotli_coding final : public coding {
 public:
  brotli_coding() : state_(BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)) {
    if (!state_) throw std::bad_alloc();
  }

  step decode(std::string_view in, std::span<char> room) override {
    if (ended_) return {.taken = in.size()};
    std::size_t in_left = in.size(), out_left = room.size();
    const auto* from = reinterpret_cast<const std::uint8_t*>(in.data());
    auto* to = reinterpret_cast<std::uint8_t*>(room.data());
    const auto code = BrotliDecoderDecompressStream(state_.get(), &in_left, &from, &out_left, &to, nullptr);
    ended_ = code == BROTLI_DECODER_RESULT_SUCCESS;
    return {in.size() - in_left, room.size() - out_left, code == BROTLI_DECODER_RESULT_ERROR};
  }
  bool is_whole() const noexcept override { return ended_; }

 private:
  struct release {
    void operator()(BrotliDecoderState* s) const noexcept { BrotliDecoderDestroyInstance(s); }
  };
  std::unique_ptr<BrotliDecoderState, release> state_;
  bool ended_ = false;
};

/// "deflate" means zlib (RFC 9110, 8.4.1.2), but some servers send it raw. Until something has come out, the input is kept, to be read
/// again as the other kind.
class deflate_coding final : public coding {
 public:
  step decode(std::string_view in, std::span<char> room) override {
    if (ended_) return {.taken = in.size()};
    const step s = inflater_.run(in, room, ended_);
    if (!undecided_) return s;
    if (s.broken && s.given == 0) return read_again_as_raw(in, room);
    kept_.append(in, 0, s.taken);
    if (s.given > 0 || ended_ || kept_.size() > most_kept) decide();
    return s;
  }
  bool is_whole() const noexcept override { return ended_; }

 private:
  static constexpr int zlib_window = 15, raw_window = -15;
  static constexpr std::size_t most_kept = 4096;  // a head of Huffman codes has 330 bytes at most, then something comes out

  step read_again_as_raw(std::string_view in, std::span<char> room) {
    inflater_.restart(raw_window);
    const step before = inflater_.run(kept_, room, ended_);
    // Nothing came out of these few bytes as zlib; if as raw they had filled the room, the rest of them would be lost.
    const bool lost = before.broken || before.taken < kept_.size();
    decide();
    if (lost && !ended_) return {.given = before.given, .broken = true};
    if (ended_) return {in.size(), before.given};
    step s = inflater_.run(in, room.subspan(before.given), ended_);
    s.given += before.given;
    return s;
  }
  void decide() {
    undecided_ = false;
    kept_ = {};
  }

  inflater inflater_{zlib_window};
  bool undecided_ = true, ended_ = false;
  std::string kept_;
};

}  // namespace

std::unique_ptr<coding> make_coding(std::string_view name) {
  if (name == "gzip" || name == "x-gzip") return std::make_unique<gzip_coding>();
  if (name == "deflate") return std::make_unique<deflate_coding>();
  if (name == "br") return std::make_unique<brotli_coding>();
  if (name == "zstd") return std::make_unique<zstd_coding>();
  return nullptr;
}

}  // namespace trawl::net
