// Bytes that are counted against a budget for as long as something holds them. Who counts them is crawler/async/byte_budget.hpp.
#pragma once
#include <cstdint>
#include <utility>

namespace trawl {

/// Where leased bytes go back to.
class byte_lender {
 public:
  /// `favoured`: the lease was the one that might go beyond the limit. Any thread.
  virtual void give_back(std::uint64_t bytes, bool favoured) noexcept = 0;

 protected:
  ~byte_lender() = default;
};

/// A share of a budget; gives back what it has when it goes. Move-only; any one thread. Its lender outlives it.
class byte_lease {
 public:
  byte_lease() noexcept = default;
  byte_lease(byte_lease&& other) noexcept
      : lender_(std::exchange(other.lender_, nullptr)), bytes_(std::exchange(other.bytes_, 0)), favoured_(std::exchange(other.favoured_, false)) {}
  byte_lease& operator=(byte_lease&& other) noexcept {
    if (this != &other) {
      release();
      lender_ = std::exchange(other.lender_, nullptr);
      bytes_ = std::exchange(other.bytes_, 0);
      favoured_ = std::exchange(other.favoured_, false);
    }
    return *this;
  }
  ~byte_lease() { release(); }

  std::uint64_t bytes() const noexcept { return bytes_; }
  bool is_favoured() const noexcept { return favoured_; }
  /// Gives back what is beyond `most` bytes.
  void trim(std::uint64_t most) noexcept {
    if (bytes_ > most) lender_->give_back(std::exchange(bytes_, most) - most, false);
  }
  void release() noexcept {
    if (lender_ != nullptr) std::exchange(lender_, nullptr)->give_back(std::exchange(bytes_, 0), std::exchange(favoured_, false));
  }
  /// For the lender alone: so many bytes of it are taken.
  void grow(byte_lender& lender, std::uint64_t bytes) noexcept {
    lender_ = &lender;
    bytes_ += bytes;
  }
  /// For the lender alone.
  void favour(byte_lender& lender) noexcept {
    lender_ = &lender;
    favoured_ = true;
  }

 private:
  byte_lender* lender_ = nullptr;
  std::uint64_t bytes_ = 0;
  bool favoured_ = false;
};

}  // namespace trawl
