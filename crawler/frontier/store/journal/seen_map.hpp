// Fingerprints that are newer than the table of them, and whose they are.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "crawler/frontier/store/codec.hpp"

namespace trawl::frontier::store {

/// A hash map of 24 bytes an entry, at most four thirds of that and twice while it grows. Reads on any thread while nobody writes.
class seen_map {
 public:
  /// What is known of a fingerprint here.
  enum class fate : std::uint8_t {
    unheard,    ///< nothing: the table may have it
    known,      ///< it is taken
    forgotten,  ///< it is free again, whatever the table has
  };
  void put(std::uint64_t print, const seen_row& whose);
  void forget(std::uint64_t print);
  fate find(std::uint64_t print) const noexcept;
  /// Of a known one; its own where it is none.
  seen_row whose(std::uint64_t print) const;
  bool is_empty() const noexcept { return used_ == 0; }
  void clear();
  /// All fingerprints, sorted.
  std::vector<std::uint64_t> sorted() const;

 private:
  enum : std::uint32_t { free_slot, own, held, gone };
  struct slot {
    std::uint64_t print = 0;
    std::uint64_t order = 0;  ///< of a held one: which of holders_
    std::int32_t priority = 0;
    std::uint32_t depth : 30 = 0;
    std::uint32_t is : 2 = free_slot;
  };
  const slot* at(std::uint64_t print) const noexcept;
  slot& place(std::uint64_t print);
  void grow();

  std::vector<slot> slots_;  ///< a power of two; linear probing, for fingerprints are as good as random
  std::size_t used_ = 0;
  std::vector<std::string> holders_;
};

}  // namespace trawl::frontier::store
