#include "crawler/url/fingerprint.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <random>

namespace trawl::url {
namespace {

struct sip_state {  // Aumasson, Bernstein: SipHash, a fast short-input PRF (2012), with 1 and 3 rounds
  std::uint64_t v0, v1, v2, v3;
  void round() noexcept {
    v0 += v1, v1 = std::rotl(v1, 13) ^ v0, v0 = std::rotl(v0, 32);
    v2 += v3, v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3, v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1, v1 = std::rotl(v1, 17) ^ v2, v2 = std::rotl(v2, 32);
  }
  void take(std::uint64_t word) noexcept {
    v3 ^= word;
    round();
    v0 ^= word;
  }
};

std::uint64_t siphash(std::string_view text, std::uint64_t k0, std::uint64_t k1) noexcept {
  sip_state s{k0 ^ 0x736f6d6570736575ULL, k1 ^ 0x646f72616e646f6dULL, k0 ^ 0x6c7967656e657261ULL, k1 ^ 0x7465646279746573ULL};
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    s.take(word);
  }
  std::uint64_t last = std::uint64_t{text.size()} << 56;
  for (std::size_t i = 0; at + i < text.size(); ++i) last |= std::uint64_t{static_cast<unsigned char>(text[at + i])} << (8 * i);
  s.take(last);
  s.v2 ^= 0xFF;
  s.round(), s.round(), s.round();
  return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

}  // namespace

fingerprint_key fingerprint_key::draw() {
  std::random_device device;
  const auto word = [&] { return (std::uint64_t{device()} << 32) | device(); };
  const std::uint64_t first = word();
  return {first, word()};
}

const fingerprint_key& fingerprint_key::of_process() {
  static const fingerprint_key key = draw();
  return key;
}

std::uint64_t fingerprint(std::string_view url, std::string_view method, std::string_view body) noexcept {
  return fingerprint(fingerprint_key::of_process(), url, method, body);
}

std::uint64_t fingerprint(const fingerprint_key& key, std::string_view url, std::string_view method, std::string_view body) noexcept {
  std::uint64_t print = siphash(url, key.k0, key.k1);
  if (method != "GET") print ^= std::rotl(siphash(method, key.k1, key.k0), 17) ^ std::rotl(siphash(body, ~key.k0, key.k1), 31);
  return print == 0 ? 1 : print;  // 0 marks an empty place in the seen set
}

}  // namespace trawl::url
