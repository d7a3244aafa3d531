// The service's register on disk: names and values in RocksDB. What is written is safe from a power cut before the call returns.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trawl::server {

/// Any thread; blocking. Reads and writes throw std::system_error where the disk refuses (ENOSPC where it is full), or cannot be trusted.
class job_table {
 public:
  /// Throws std::runtime_error, in words for the operator.
  explicit job_table(const std::filesystem::path& directory);
  ~job_table();
  job_table(const job_table&) = delete;
  job_table& operator=(const job_table&) = delete;

  /// A new value for a name; nullopt: the name goes.
  using change = std::pair<std::string, std::optional<std::string>>;
  /// All of them or none.
  void write(const std::vector<change>& changes);
  std::optional<std::string> get(const std::string& name) const;
  /// All names with a prefix, in their order, without it.
  std::vector<std::pair<std::string, std::string>> list(std::string_view prefix) const;

 private:
  struct inside;
  std::unique_ptr<inside> inside_;
};

}  // namespace trawl::server
