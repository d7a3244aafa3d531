// One request to the service and its answer, on a connection of their own. The body is pulled block by block, so an answer of any size
// takes the memory of one block.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/client/address.hpp"
#include "server/client/failure.hpp"

namespace trawl::server::client {

struct call {
  std::string method = "GET";
  std::string target;  ///< path and query, below the service's address
  std::string body;
  std::vector<std::pair<std::string, std::string>> fields = {};
};

/// How long each part may take; tests make it short.
struct time_limits {
  std::chrono::milliseconds connect{10'000};
  std::chrono::milliseconds answer{60'000};   ///< from the request to the head
  std::chrono::milliseconds silence{60'000};  ///< between two blocks; a followed stream has an empty line each 15 s
};

/// Used once, on the executor's thread.
class exchange {
 public:
  exchange(boost::asio::any_io_executor on, const service_address& to, const time_limits& limits);
  ~exchange();
  exchange(exchange&&) noexcept;

  /// Connects, sends, reads the head. What the service says about it is in `status`.
  boost::asio::awaitable<outcome<void>> ask(const call& what);
  unsigned status() const noexcept;
  /// A field of the head, or, after the end, of the trailer; nullopt where there is none.
  std::optional<std::string> field(std::string_view name) const;
  /// The next bytes of the body; nullopt: its end. A connection that ends before the body is `lost`.
  boost::asio::awaitable<outcome<std::optional<std::string>>> next_block();

 private:
  class inside;
  std::unique_ptr<inside> inside_;
};

}  // namespace trawl::server::client
