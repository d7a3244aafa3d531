// Path prefixes under which a site makes the same page again and again: calendars, session ids, faceted lists. Pure, and bounded in memory.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "crawler/url/url.hpp"

namespace trawl::policy {

/// One shard's hosts of one job. A URL's prefixes are its host with each directory of its path below the root, the first eight, and with its
/// path up to the question mark where it has a query: of "h/a/b/c?d" these are h/a/, h/a/b/ and h/a/b/c?.
class near_duplicates {
 public:
  /// Simhashes of pages that are taken for the same differ in at most so many bits.
  static constexpr int most_bits = 3;
  /// Prefixes that are watched at once; of more the least suspicious are forgotten.
  static constexpr std::size_t most_prefixes = 8192;
  /// Kinds of pages that are told apart under one prefix.
  static constexpr std::size_t most_kinds = 4;

  /// So many pages of one kind stop their prefix; 0: none ever.
  explicit near_duplicates(std::uint32_t limit) : limit_(limit) {}
  /// A page's text. The prefix that is stopped from now on, if that was the last of so many.
  std::optional<std::string> note(const url::url& page, std::uint64_t simhash);
  /// Nothing more is to be taken up there.
  bool is_stopped(const url::url& target) const;
  bool has_stopped_any() const noexcept { return !stopped_.empty(); }

 private:
  struct kind {
    std::uint64_t simhash = 0;
    std::uint32_t pages = 0;
  };
  bool count(std::string_view prefix, std::uint64_t simhash);
  void forget_some();
  std::uint32_t limit_;
  std::unordered_map<std::string, std::vector<kind>> prefixes_;
  std::unordered_set<std::string> stopped_;
};

}  // namespace trawl::policy
