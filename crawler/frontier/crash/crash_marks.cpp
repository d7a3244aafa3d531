#include "crawler/frontier/crash/crash_marks.hpp"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace trawl::frontier {
namespace {

constexpr std::uint64_t magic = 0x31736b72616d7774;  // "twmarks1"

class file_descriptor {
 public:
  explicit file_descriptor(int fd) noexcept : fd_(fd) {}
  ~file_descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  file_descriptor(const file_descriptor&) = delete;
  file_descriptor& operator=(const file_descriptor&) = delete;
  int operator*() const noexcept { return fd_; }

 private:
  int fd_;
};

bool is_read(const std::filesystem::path& file, void* into, std::size_t size) {
  const file_descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  return *in >= 0 && ::pread(*in, into, size, 0) == static_cast<ssize_t>(size);
}

/// Written whole, and synced once, before it is mapped: a page of it without a place on the disk would end the process when the disk is full.
void* mapped(const std::filesystem::path& file, const void* bytes, std::size_t size) {
  const std::filesystem::path fresh = file.string() + ".new";
  const file_descriptor out(::open(fresh.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (*out < 0 || ::pwrite(*out, bytes, size, 0) != static_cast<ssize_t>(size) || ::fdatasync(*out) != 0 || ::rename(fresh.c_str(), file.c_str()) != 0) return nullptr;
  void* const at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, *out, 0);
  return at == MAP_FAILED ? nullptr : at;
}

}  // namespace

crash_marks::crash_marks(const std::filesystem::path& file) {
  own_->magic = magic;
  take_over(file);
  if (void* const at = mapped(file, own_.get(), sizeof(sheet))) {
    sheet_ = static_cast<sheet*>(at);
  } else {
    spdlog::warn("{} can't be kept, so a page that ends this process is not known to the next one: {}", file.string(), std::strerror(errno));
  }
}

crash_marks::~crash_marks() {
  if (sheet_ != own_.get()) ::munmap(sheet_, sizeof(sheet));
}

/// Whoever was suspected is, and who was being read is suspected once more.
void crash_marks::take_over(const std::filesystem::path& file) {
  const auto old = std::make_unique<sheet>();
  if (!is_read(file, old.get(), sizeof(sheet)) || old->magic != magic) return;
  for (const suspect& s : old->suspects)
    if (s.fingerprint != 0) accuse(s.fingerprint, s.crashes);
  for (const std::uint64_t print : old->marks)
    if (print != 0) accuse(print, 1);
}

void crash_marks::accuse(std::uint64_t fingerprint, std::uint64_t crashes) {
  suspect* at = find(fingerprint);
  if (at == nullptr && (at = find(0)) != nullptr) {
    at->fingerprint = fingerprint;
    ++suspects_;
  }
  if (at != nullptr) at->crashes += crashes;
}

crash_marks::mark crash_marks::reading(std::uint64_t fingerprint) noexcept {
  if (sheet_ == own_.get()) return mark();
  static std::atomic<std::size_t> threads = 0;
  thread_local const std::size_t first = threads++;  // each thread has its own place, as a rule
  for (std::size_t i = 0; i < room; ++i) {
    std::uint64_t& at = sheet_->marks[(first + i) % room];
    std::uint64_t nobody = 0;
    if (std::atomic_ref(at).compare_exchange_strong(nobody, fingerprint, std::memory_order_acq_rel)) return mark(&at);
  }
  return mark();
}

crash_marks::suspect* crash_marks::find(std::uint64_t fingerprint) const noexcept {
  for (suspect& s : sheet_->suspects)
    if (std::atomic_ref(s.fingerprint).load() == fingerprint) return &s;
  return nullptr;
}

bool crash_marks::is_quarantined(std::uint64_t fingerprint) const noexcept {
  suspect* const at = find(fingerprint);
  return at != nullptr && std::atomic_ref(at->crashes).load() >= most_crashes;
}

void crash_marks::forget(std::uint64_t fingerprint) noexcept {
  suspect* const at = fingerprint == 0 ? nullptr : find(fingerprint);
  if (at == nullptr) return;
  std::atomic_ref(at->crashes).store(0);
  std::uint64_t mine = fingerprint;
  if (std::atomic_ref(at->fingerprint).compare_exchange_strong(mine, 0)) --suspects_;
}

}  // namespace trawl::frontier
