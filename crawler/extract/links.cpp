#include "crawler/extract/links.hpp"

#include <bit>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "crawler/url/fingerprint.hpp"

namespace trawl::extract {
namespace {

constexpr std::size_t most_url_bytes = std::size_t{64} << 20;

/// The number of each URL of a page, by its fingerprint, which is what the frontier knows URLs by too. One allocation for at most `most`.
class distinct_urls {
 public:
  explicit distinct_urls(std::size_t most) : places_(std::bit_ceil(2 * most + 1)) {}

  /// The URL's number, and whether it is new.
  std::pair<std::size_t, bool> add(std::uint64_t fingerprint) noexcept {
    std::size_t at = fingerprint & (places_.size() - 1);
    while (places_[at].fingerprint != 0 && places_[at].fingerprint != fingerprint) at = (at + 1) & (places_.size() - 1);
    const bool is_new = places_[at].fingerprint == 0;
    if (is_new) places_[at] = {fingerprint, count_++};
    return {places_[at].number, is_new};
  }

 private:
  struct place {
    std::uint64_t fingerprint = 0;  ///< 0: free; no fingerprint is 0
    std::size_t number = 0;
  };
  std::vector<place> places_;
  std::size_t count_ = 0;
};

}  // namespace

url::url base_of(const page_scan& scan, const url::url& document) {
  if (scan.base.empty()) return document;
  auto given = url::parse(scan.base, &document);
  return given && given->scheme != "data" && given->scheme != "javascript" ? std::move(*given) : document;
}

generator<found_link> links(const page_scan& scan, const url::url& document, bool* is_cut) {
  const url::url base = base_of(scan, document);
  distinct_urls known(scan.links.size());
  std::size_t bytes = 0;
  for (const raw_link& raw : scan.links) {
    auto target = url::resolve_http(raw.href, base);
    if (!target) continue;
    bytes += target->size();
    if (bytes > most_url_bytes) {
      if (is_cut != nullptr) *is_cut = true;
      co_return;
    }
    const auto [index, is_new] = known.add(url::fingerprint(*target));
    found_link out{{std::move(*target), raw.text, raw.rel, raw.kind}, index, is_new};
    co_yield std::move(out);
  }
}

}  // namespace trawl::extract
