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

/// Which pages are looked at: a simhash costs as much as the rest of reading a page, so of many pages every fifth stands for the others.
class trap_sample {
 public:
  /// `pages`: of one kind that stop a prefix; 0: none are looked at. Where they are fewer than 25, all are.
  explicit trap_sample(std::uint32_t pages) noexcept : every_(pages == 0 ? 0 : pages < 25 ? 1 : 5), limit_(pages == 0 ? 0 : (pages + every_ - 1) / every_) {}
  /// Of those that are looked at so many stop a prefix.
  std::uint32_t limit() const noexcept { return limit_; }
  /// The next page's turn.
  bool is_sampled() noexcept { return every_ != 0 && turn_++ % every_ == 0; }

 private:
  std::uint32_t every_, limit_, turn_ = 0;
};

}  // namespace trawl::policy
