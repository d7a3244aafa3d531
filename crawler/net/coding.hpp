// One content coding undone, step by step: gzip, deflate, br, zstd. Pure. A decoder holds its window and nothing else of the body.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace trawl::net {

/// Use one per body. Any one thread.
class coding {
 public:
  /// What one step came to. Neither taken nor given: more input is needed, or the coding has ended.
  struct step {
    std::size_t taken = 0;  ///< bytes from the front of the input
    std::size_t given = 0;  ///< bytes at the front of the room
    bool broken = false;    ///< what comes next is not this coding; what was given before is good
  };

  coding() = default;
  virtual ~coding() = default;
  coding(const coding&) = delete;
  coding& operator=(const coding&) = delete;

  /// Decodes from `in` into `room`. A room that was filled may have more to come for the same input: call again, with what is left of it.
  virtual step decode(std::string_view in, std::span<char> room) = 0;
  /// The input so far ends where the coding may end. What follows the end and is no further member is ignored, as browsers do.
  virtual bool is_whole() const noexcept = 0;
};

/// The largest window that a zstd frame may ask for: 8 MiB (RFC 9659, 3). That of br is 16 MiB by its format (RFC 7932, 9.1), that of
/// gzip and deflate 32 KiB.
inline constexpr int zstd_window_log = 23;

/// A decoder for a coding as RFC 9110, 8.4.1 and its registry name it, in lower case; null for a name that is not known.
std::unique_ptr<coding> make_coding(std::string_view name);

}  // namespace trawl::net
