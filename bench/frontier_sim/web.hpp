// A web that is made up as it is asked for: hosts of very different sizes, and pages that link mostly to what is known already.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "crawler/frontier/frontier.hpp"

namespace trawl::bench {

/// What a page has.
struct page_shape {
  std::uint32_t hosts = 10'000;
  std::uint32_t fresh = 5;           ///< links to pages that nothing has named before
  std::uint32_t navigation = 35;     ///< links to the first pages of its own host
  std::uint32_t known = 10;          ///< links to any page that was named before
  std::uint32_t record_bytes = 600;  ///< of what is committed for it
};

/// The number of a host and that of a page on it.
struct page_name {
  std::uint32_t host = 0, page = 0;
};

/// One thread. It remembers how many pages of each host were named, and nothing of a page: memory does not grow with them. A host's size
/// follows a power law: that of rank n is chosen with a probability that goes with 1/n.
class web {
 public:
  web(const page_shape& shape, std::uint32_t shards) : shape_(shape), shards_(shards), named_(shape.hosts), done_(shape.hosts) {}

  /// The first page of a host; once a host, before all else.
  page_name front(std::uint32_t host);
  /// A page that was never named.
  page_name fresh();
  /// One that was.
  page_name known();
  page_name navigation(std::uint32_t host);
  std::uint32_t random(std::uint32_t below) noexcept;

  std::uint32_t shard_of(page_name p) const noexcept { return p.host % shards_; }
  static std::uint64_t fingerprint(page_name p) noexcept;
  static page_name parse(std::string_view url);
  frontier::candidate candidate(page_name p, std::uint32_t depth, std::string_view parent) const;
  /// The record of a page, in the size of the shape.
  std::string record(std::string_view url) const;

  const page_shape& shape() const noexcept { return shape_; }
  std::uint64_t named() const noexcept { return all_; }  ///< pages, over all hosts
  void finish(page_name p) noexcept { ++done_[p.host]; }
  const std::vector<std::uint32_t>& named_of() const noexcept { return named_; }
  const std::vector<std::uint32_t>& done_of() const noexcept { return done_; }

 private:
  std::uint32_t pick_host() noexcept;
  double share() noexcept;
  page_shape shape_;
  std::uint32_t shards_;
  std::vector<std::uint32_t> named_, done_;  ///< of each host: pages that were named, that were recorded
  std::uint64_t all_ = 0, state_ = 0x9E3779B97F4A7C15;
};

}  // namespace trawl::bench
