// Which URLs were being read when a process ended: a page whose bytes bring the process down would do so again in each run. Not durable by
// itself: a process that crashes leaves the page cache as it is, so a mark is two stores into mapped memory; a power cut may take marks back.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>

namespace trawl::frontier {

/// Marks are set and taken back on any thread. One process at a time has the file, which the state's lock sees to.
class crash_marks {
 public:
  /// A URL that was being read at the end of so many processes is read no more.
  static constexpr std::uint64_t most_crashes = 2;

  /// Counts what an earlier process has left in the file, and begins a new one, with room for so many marks at a time and URLs under
  /// suspicion; what would be more is not counted. A file that holds anything else is begun anew. Where there can be none (a full disk,
  /// say), nothing is marked; what is known so far counts.
  explicit crash_marks(const std::filesystem::path& file);
  ~crash_marks();
  crash_marks(const crash_marks&) = delete;
  crash_marks& operator=(const crash_marks&) = delete;

  /// Stands for as long as it lives.
  class mark {
   public:
    explicit mark(std::uint64_t* at = nullptr) noexcept : at_(at) {}
    mark(const mark&) = delete;
    mark& operator=(const mark&) = delete;
    ~mark() {
      if (at_ != nullptr) std::atomic_ref(*at_).store(0, std::memory_order_release);
    }

   private:
    std::uint64_t* at_;
  };
  /// This URL is being read.
  mark reading(std::uint64_t fingerprint) noexcept;

  bool is_quarantined(std::uint64_t fingerprint) const noexcept;
  /// It has its record: what it did before is forgotten.
  void forget(std::uint64_t fingerprint) noexcept;
  /// Some URL is under suspicion; else the two calls above need not be made.
  bool has_suspects() const noexcept { return suspects_ > 0; }

 private:
  static constexpr std::size_t room = 1024;
  struct suspect {
    std::uint64_t fingerprint = 0, crashes = 0;  ///< used atomically
  };
  /// The file, as it is in memory too.
  struct sheet {
    std::uint64_t magic = 0;
    std::uint64_t marks[room] = {};  ///< used atomically
    suspect suspects[room] = {};
  };
  void take_over(const std::filesystem::path& file);
  void accuse(std::uint64_t fingerprint, std::uint64_t crashes);
  suspect* find(std::uint64_t fingerprint) const noexcept;

  std::unique_ptr<sheet> own_ = std::make_unique<sheet>();
  sheet* sheet_ = own_.get();  ///< the mapped file instead, where there is one
  std::atomic<std::size_t> suspects_ = 0;
};

}  // namespace trawl::frontier
