// Can the data directory take jobs and results? Looked at on the disk itself, at most once a second however often it is asked.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "server/offload.hpp"

namespace trawl::server::api {

/// The loop's thread only; the disk is touched by `workers`, so that one that hangs delays no other answer.
class data_check {
 public:
  static constexpr std::uintmax_t least_room = 64u << 20;  ///< bytes; less is a full disk
  static constexpr auto kept = std::chrono::seconds(1);

  data_check(judges& workers, std::filesystem::path data) : workers_(workers), data_(std::move(data)) {}

  /// "ok", or what is wrong. A look that takes longer than a second is what is wrong.
  boost::asio::awaitable<std::string> look();

 private:
  judges& workers_;
  const std::filesystem::path data_;
  std::string last_;
  std::chrono::steady_clock::time_point at_{};
};

/// "ok", or why nothing can be written there. Blocks: writes a byte and removes it again.
std::string state_of_directory(const std::filesystem::path& data);

}  // namespace trawl::server::api
