#include "crawler/policy/robots_rules.hpp"

#include <algorithm>
#include <cstring>
#include <queue>
#include <ranges>

namespace trawl::policy {
namespace {

constexpr std::size_t step_octets = 128;
constexpr std::uint32_t single_octet = 0x10000, always = 0x20000;  // keys beside the pairs of octets

/// Takes what looking for one piece in `octets` costs; false when nothing is left.
bool spend(std::size_t& steps, std::size_t octets) noexcept {
  const std::size_t cost = 1 + octets / step_octets;
  steps -= std::min(steps, cost);
  return steps > 0;
}

/// Pieces between the stars are found leftmost in turn, the first where the path begins, the last of an anchored rule at its end. Where
/// `steps` are 0 then, it was not found out.
bool matches(const robots_rule& r, std::string_view path, std::size_t& steps) noexcept {
  std::string_view pattern = r.pattern;
  const auto first_star = pattern.find('*');
  const std::string_view head = pattern.substr(0, first_star);
  if (!spend(steps, head.size())) return false;
  if (!path.starts_with(head)) return false;
  path.remove_prefix(head.size());
  pattern.remove_prefix(first_star + 1);
  for (;;) {
    const auto star = pattern.find('*');
    const std::string_view piece = pattern.substr(0, star);
    if (star == std::string_view::npos && r.anchored) return path.ends_with(piece);
    if (!piece.empty()) {
      const void* at = ::memmem(path.data(), path.size(), piece.data(), piece.size());  // linear, unlike string_view::find
      const std::size_t before = at == nullptr ? path.size() : static_cast<std::size_t>(static_cast<const char*>(at) - path.data());
      if (!spend(steps, before) || at == nullptr) return false;
      path.remove_prefix(before + piece.size());
    }
    if (star == std::string_view::npos) return true;
    pattern.remove_prefix(star + 1);
  }
}

std::uint64_t first_octets(std::string_view text, std::uint64_t& mask) noexcept {
  const std::size_t size = std::min<std::size_t>(text.size(), 8);
  std::uint64_t octets = 0;
  mask = 0;
  if (size > 0) std::memcpy(&octets, text.data(), size);
  std::memset(&mask, 0xFF, size);
  return octets;
}

std::size_t common_prefix(std::string_view a, std::string_view b) noexcept {
  return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

std::uint32_t octet(char c) noexcept { return static_cast<unsigned char>(c); }

/// Calls `take` with each key of a text: its single octets, and each two that follow each other. Stars are no text, and part it.
template <class Take>
void each_key(std::string_view text, Take&& take) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '*') continue;
    take(single_octet | octet(text[i]));
    if (i + 1 < text.size() && text[i + 1] != '*') take(octet(text[i]) << 8 | octet(text[i + 1]));
  }
}

}  // namespace

robots_rules::robots_rules(std::vector<robots_rule> rules) : rules_(std::move(rules)) {
  std::ranges::sort(rules_, [](const robots_rule& a, const robots_rule& b) {
    if (a.length != b.length) return a.length > b.length;
    return a.allow != b.allow ? a.allow : a.line < b.line;
  });
  index_literals();
  index_wildcards();
}

void robots_rules::index_literals() {
  std::vector<rank> sorted;
  for (rank r = 0; r < rules_.size(); ++r)
    if (rules_[r].pattern.find('*') == std::string::npos) sorted.push_back(r);
  std::ranges::sort(sorted, {}, [&](rank r) -> std::string_view { return rules_[r].pattern; });
  for (const rank r : sorted) {
    if (literals_.empty() || pattern(literals_.back()) != rules_[r].pattern) {
      // What a pattern begins with is the one before it in this order, or what that one begins with.
      std::uint32_t shorter = literals_.empty() ? none : static_cast<std::uint32_t>(literals_.size() - 1);
      while (shorter != none && !rules_[r].pattern.starts_with(pattern(literals_[shorter]))) shorter = literals_[shorter].shorter;
      literals_.push_back({r, shorter, shorter == none ? none : literals_[shorter].as_prefix, none});
    }
    rank& best = rules_[r].anchored ? literals_.back().whole : literals_.back().as_prefix;
    best = std::min(best, r);
  }
}

void robots_rules::index_wildcards() {
  for (rank r = 0; r < rules_.size(); ++r) {
    const std::string_view text = rules_[r].pattern;
    const std::size_t star = text.find('*');
    if (star == std::string_view::npos) continue;
    wildcard& w = wildcards_.emplace_back();
    w.rule = r;
    w.octets = first_octets(text.substr(0, star), w.mask);
  }
  rank forbidding = none;
  for (wildcard& w : std::views::reverse(wildcards_)) w.forbidding = forbidding = rules_[w.rule].allow ? forbidding : w.rule;
  if (wildcards_.size() <= few) return;
  std::vector<std::uint32_t> counts(always + 1);
  for (const wildcard& w : wildcards_) each_key(rules_[w.rule].pattern, [&](std::uint32_t key) { ++counts[key]; });
  counts[always] = counts[single_octet | octet('/')] = none;  // a '/' stands in every path: it tells nothing
  keys_.reserve(wildcards_.size());
  for (const wildcard& w : wildcards_) {
    std::uint32_t rarest = always;
    each_key(rules_[w.rule].pattern, [&](std::uint32_t key) { rarest = counts[key] < counts[rarest] ? key : rarest; });
    keys_.push_back({rarest, w.rule});
  }
  std::ranges::sort(keys_);
}

/// All patterns that the path begins with are the last one that is not behind it in order, or what that one begins with.
robots_rules::rank robots_rules::best_literal(std::string_view path) const noexcept {
  const auto behind = std::ranges::upper_bound(literals_, path, {}, [&](const literal& l) { return pattern(l); });
  if (behind == literals_.begin()) return none;
  const literal* at = &*(behind - 1);
  const std::size_t common = common_prefix(pattern(*at), path);
  if (common == path.size() && pattern(*at).size() == common) return std::min(at->whole, at->as_prefix);
  while (pattern(*at).size() > common) {
    if (at->shorter == none) return none;
    at = &literals_[at->shorter];
  }
  return at->as_prefix;
}

robots_rules::decision robots_rules::try_in_turn(std::string_view path, rank best) const {
  std::uint64_t ignored = 0;
  const std::uint64_t octets = first_octets(path, ignored);
  std::size_t steps = most_steps;
  for (const wildcard& w : wildcards_) {
    if (w.rule > best) break;
    if ((octets & w.mask) != w.octets) continue;
    if (matches(rules_[w.rule], path, steps)) return decided(w.rule);
    if (steps == 0) return give_up(w.rule, best);
  }
  return decided(best);
}

/// The rules under each key of the path are merged by their rank.
robots_rules::decision robots_rules::try_by_key(std::string_view path, rank best) const {
  std::vector<std::uint32_t> keys = {always};
  each_key(path, [&](std::uint32_t key) { keys.push_back(key); });
  std::ranges::sort(keys);
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  const auto later = [](const keyed* a, const keyed* b) noexcept { return a->rule > b->rule; };
  std::priority_queue<const keyed*, std::vector<const keyed*>, decltype(later)> heads(later);
  for (const std::uint32_t key : keys)
    if (const auto at = std::ranges::lower_bound(keys_, key, {}, &keyed::key); at != keys_.end() && at->key == key) heads.push(&*at);
  std::size_t steps = most_steps;
  while (!heads.empty() && heads.top()->rule <= best) {
    const keyed* at = heads.top();
    if (matches(rules_[at->rule], path, steps)) return decided(at->rule);
    if (steps == 0) return give_up(at->rule, best);
    heads.pop();
    if (at + 1 != keys_.data() + keys_.size() && at[1].key == at->key) heads.push(at + 1);
  }
  return decided(best);
}

/// From the rule at `at` on none was tried: the first that forbids counts, unless one that is known to match goes before it.
robots_rules::decision robots_rules::give_up(rank at, rank best) const noexcept {
  const auto from = std::ranges::lower_bound(wildcards_, at, {}, &wildcard::rule);
  decision out = decided(std::min(from->forbidding, best));
  out.guessed = true;
  return out;
}

robots_rules::decision robots_rules::decide(std::string_view path) const {
  const rank best = best_literal(path);
  return keys_.empty() ? try_in_turn(path, best) : try_by_key(path, best);
}

std::size_t robots_rules::memory() const noexcept {
  std::size_t all = rules_.capacity() * sizeof(robots_rule) + literals_.capacity() * sizeof(literal) + wildcards_.capacity() * sizeof(wildcard) + keys_.capacity() * sizeof(keyed);
  for (const robots_rule& r : rules_) all += r.pattern.capacity() + r.written.capacity();
  return all;
}

}  // namespace trawl::policy
