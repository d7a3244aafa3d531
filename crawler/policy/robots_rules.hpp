// The rules of one group of a robots.txt, and the one that decides on a path (RFC 9309, 2.2.2). Pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace trawl::policy {

/// One Allow or Disallow line.
struct robots_rule {
  std::string pattern;     ///< normalised; '*' is a wildcard, a literal one is %2A
  std::size_t length = 0;  ///< octets that count for precedence
  bool anchored = false;   ///< ended with '$'
  bool allow = false;
  int line = 0;
  std::string written;     ///< the value as it stands in the file
};

/// Rules by precedence, with what finds the few of them that may match a path. Immutable; may be shared between threads.
/// Rules without '*' are looked up: their number does not matter. Of those with '*' only the ones are tried of which a rare pair of octets
/// stands in the path, and no more than `most_steps` allow, so that a file which is made for it can't make each check slow.
class robots_rules {
 public:
  /// Steps of one check: looking for one piece between stars in 128 octets costs one. 100 µs at the most. Of 1,945 real files (66,810
  /// checks) none ran out of them.
  static constexpr std::size_t most_steps = 2000;

  struct decision {
    const robots_rule* rule = nullptr;  ///< null: none matches; else a rule of this object
    bool guessed = false;               ///< the steps ran out, and the first Disallow that was not tried counts as a match
  };

  robots_rules() = default;
  explicit robots_rules(std::vector<robots_rule> rules);

  bool empty() const noexcept { return rules_.empty(); }
  /// The longest matching rule, an Allow before a Disallow of its length. `path` is normalised and begins with '/'.
  decision decide(std::string_view path) const;
  /// What they take of memory, about, in bytes.
  std::size_t memory() const noexcept;

 private:
  using rank = std::uint32_t;  ///< place in rules_
  static constexpr rank none = UINT32_MAX;
  static constexpr std::size_t few = 512;  ///< rules with '*' that are tried in turn faster than they are looked up

  /// A pattern without '*', and the best rank of the rules that match where it does.
  struct literal {
    rank pattern = 0;                    ///< of a rule that has it
    std::uint32_t shorter = none;        ///< the longest other one that it begins with, in literals_
    rank as_prefix = none, whole = none; ///< whatever follows it; where the path ends with it
  };
  /// A rule with '*', and the eight octets that it begins with, or as many as stand before the star.
  struct wildcard {
    std::uint64_t octets = 0, mask = 0;
    rank rule = 0, forbidding = none;  ///< `forbidding`: the first Disallow with '*' that is not before it
  };
  /// A rule with '*' under octets that stand in all that it matches.
  struct keyed {
    std::uint32_t key = 0;
    rank rule = 0;
    auto operator<=>(const keyed&) const = default;
  };

  std::string_view pattern(const literal& l) const noexcept { return rules_[l.pattern].pattern; }
  void index_literals();
  void index_wildcards();
  rank best_literal(std::string_view path) const noexcept;
  decision try_in_turn(std::string_view path, rank best) const;
  decision try_by_key(std::string_view path, rank best) const;
  decision give_up(rank at, rank best) const noexcept;
  decision decided(rank r) const noexcept { return r == none ? decision{} : decision{&rules_[r], false}; }

  std::vector<robots_rule> rules_;
  std::vector<literal> literals_;    ///< by pattern
  std::vector<wildcard> wildcards_;  ///< by precedence
  std::vector<keyed> keys_;          ///< sorted; empty where there are few
};

}  // namespace trawl::policy
