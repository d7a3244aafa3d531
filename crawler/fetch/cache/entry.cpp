#include "crawler/fetch/cache/entry.hpp"

#include <openssl/sha.h>

#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <utility>

namespace trawl::fetch {
namespace {

constexpr std::string_view mark = "trawl cache 1\r\n\x1A";  // as PNG's: a copy that changed line ends shows
constexpr std::size_t head_size = mark.size() + SHA256_DIGEST_LENGTH;

std::array<unsigned char, SHA256_DIGEST_LENGTH> sha256(std::string_view text) noexcept {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> out{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data());
  return out;
}

/// Numbers are little-endian, texts and lists have their length before them.
class writer {
 public:
  void number(std::uint64_t n) {
    for (int i = 0; i < 8; ++i) bytes_ += static_cast<char>(n >> (8 * i));
  }
  void text(std::string_view s) {
    number(s.size());
    bytes_ += s;
  }
  void fields(const header_list& list) {
    number(list.size());
    for (const auto& [name, value] : list) text(name), text(value);
  }
  void time(policy::wall_time t) { number(static_cast<std::uint64_t>(std::chrono::floor<std::chrono::milliseconds>(t.time_since_epoch()).count())); }
  std::string take() { return std::move(bytes_); }
  void reserve(std::size_t n) { bytes_.reserve(n); }

 private:
  std::string bytes_;
};

/// What is missing reads as nothing, and `is_good` says so.
class reader {
 public:
  explicit reader(std::string_view bytes) : rest_(bytes) {}
  std::uint64_t number() {
    if (rest_.size() < 8) return failed(), 0;
    std::uint64_t n = 0;
    for (int i = 0; i < 8; ++i) n |= std::uint64_t{static_cast<unsigned char>(rest_[static_cast<std::size_t>(i)])} << (8 * i);
    rest_.remove_prefix(8);
    return n;
  }
  std::string text() {
    const std::uint64_t size = number();
    if (size > rest_.size()) return failed(), std::string();
    std::string out(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return out;
  }
  header_list fields() {
    header_list out;
    for (std::uint64_t left = number(); left > 0 && is_good_; --left) {
      std::string name = text();
      out.emplace_back(std::move(name), text());
    }
    return out;
  }
  policy::wall_time time() {
    using std::chrono::milliseconds, std::chrono::hours;
    const auto since = static_cast<std::int64_t>(number());
    constexpr std::int64_t most = milliseconds(hours(24 * 365 * 200)).count();  // within what the clock holds
    if (since < -most || since > most) failed();
    return policy::wall_time(is_good_ ? milliseconds(since) : milliseconds(0));
  }
  bool is_good() const noexcept { return is_good_; }
  bool is_at_end() const noexcept { return is_good_ && rest_.empty(); }

 private:
  void failed() noexcept { is_good_ = false, rest_ = {}; }
  std::string_view rest_;
  bool is_good_ = true;
};

std::string_view as_text(const std::array<unsigned char, SHA256_DIGEST_LENGTH>& digest) noexcept {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

std::string hex_digest(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const unsigned char byte : sha256(text)) out += digits[byte >> 4U], out += digits[byte & 15U];
  return out;
}

std::string cache_key(const request& asked, std::string_view partition) {
  std::string out = asked.method + ' ' + asked.url + '\n' + std::string(partition);
  if (!asked.body.empty()) out += '\n' + hex_digest(asked.body);
  return out;
}

std::string to_bytes(const cache_entry& entry) {
  writer out;
  out.reserve(entry.answer.body.size() + 4096);
  out.text(entry.key);
  out.text(entry.url);
  out.text(entry.limits);
  out.number(static_cast<std::uint64_t>(entry.head.status));
  out.fields(entry.head.headers);
  out.fields(entry.head.vary);
  out.time(entry.head.request_at);
  out.time(entry.head.response_at);
  out.text(entry.answer.http_version);
  out.text(entry.answer.ip);
  out.number(static_cast<std::uint64_t>(entry.answer.truncated));
  out.number(entry.answer.body_skipped ? 1 : 0);
  out.number(entry.answer.tls_verified ? 1 : 0);
  out.text(entry.answer.body);
  const std::string content = out.take();
  std::string bytes(mark);
  bytes.reserve(head_size + content.size());
  bytes += as_text(sha256(content));
  bytes += content;
  return bytes;
}

std::optional<cache_entry> from_bytes(std::string_view bytes) {
  if (bytes.size() < head_size || !bytes.starts_with(mark)) return std::nullopt;
  const std::string_view content = bytes.substr(head_size);
  if (as_text(sha256(content)) != bytes.substr(mark.size(), SHA256_DIGEST_LENGTH)) return std::nullopt;
  reader in(content);
  cache_entry out;
  out.key = in.text();
  out.url = in.text();
  out.limits = in.text();
  const std::uint64_t status = in.number();
  out.head.headers = in.fields();
  out.head.vary = in.fields();
  out.head.request_at = in.time();
  out.head.response_at = in.time();
  out.answer.http_version = in.text();
  out.answer.ip = in.text();
  const std::uint64_t truncated = in.number();
  out.answer.body_skipped = in.number() != 0;
  out.answer.tls_verified = in.number() != 0;
  out.answer.body = in.text();
  if (!in.is_at_end() || status > 999 || truncated > static_cast<std::uint64_t>(truncation::disconnect)) return std::nullopt;
  out.head.status = static_cast<int>(status);
  out.answer.truncated = static_cast<truncation>(truncated);
  return out;
}

}  // namespace trawl::fetch
