#include "bench/frontier_sim/web.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace trawl::bench {
namespace {

constexpr std::uint32_t navigation_pages = 30;  // of a host: those that all its pages link to
constexpr std::string_view host_begin = "https://www.host-", page_begin = "-about-something-of-interest-";

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): a bijection whose values look random.
std::uint64_t mix(std::uint64_t z) noexcept {
  z += 0x9E3779B97F4A7C15;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

std::uint32_t number_behind(std::string_view text, std::string_view mark) {
  std::uint32_t out = 0;
  const auto at = text.find(mark);
  if (at != std::string_view::npos) std::from_chars(text.data() + at + mark.size(), text.data() + text.size(), out);
  return out;
}

}  // namespace

double web::share() noexcept { return static_cast<double>(mix(++state_) >> 11) * 0x1p-53; }
std::uint32_t web::random(std::uint32_t below) noexcept { return static_cast<std::uint32_t>(share() * below); }

std::uint32_t web::pick_host() noexcept {
  const double rank = std::pow(static_cast<double>(shape_.hosts), share());  // P(rank < n) = log n / log hosts
  return std::min(static_cast<std::uint32_t>(rank) - 1, shape_.hosts - 1);
}

page_name web::front(std::uint32_t host) {
  ++all_;
  return {host, named_[host]++};
}

page_name web::fresh() { return front(pick_host()); }

page_name web::known() {
  const std::uint32_t host = pick_host();
  return {host, random(named_[host])};
}

page_name web::navigation(std::uint32_t host) { return {host, random(std::min(named_[host], navigation_pages))}; }

std::uint64_t web::fingerprint(page_name p) noexcept { return std::max<std::uint64_t>(mix(std::uint64_t{p.host} << 32 | p.page), 1); }

frontier::candidate web::candidate(page_name p, std::uint32_t depth, std::string_view parent) const {
  frontier::candidate out;
  out.host = fmt::format("{}{:06}.example:443", host_begin.substr(8), p.host);
  out.req.url = fmt::format("{}{:06}.example/section-{}/article{}{:08}", host_begin, p.host, p.page % 17, page_begin, p.page);
  out.req.depth = depth;
  out.req.parent = parent;
  out.req.seed = fmt::format("{}{:06}.example/", host_begin, p.host % 100);
  out.fingerprint = fingerprint(p);
  out.shard = shard_of(p);
  return out;
}

page_name web::parse(std::string_view url) { return {number_behind(url, host_begin), number_behind(url, page_begin)}; }

std::string web::record(std::string_view url) const {
  std::string out = fmt::format(R"({{"job":"sim","seq":0,"url":"{}","text":")", url);
  out.resize(std::max<std::size_t>(out.size(), shape_.record_bytes - 2), 'x');
  return out += "\"}";
}

}  // namespace trawl::bench
