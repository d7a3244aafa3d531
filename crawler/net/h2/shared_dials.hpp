// One dial at a time to a route that may speak HTTP/2: whoever else wants to go there waits for what comes of it, because one connection
// would serve them all. Where the peer last chose HTTP/1.1 nobody waits.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "crawler/model/error.hpp"

namespace trawl::net::h2 {

namespace asio = boost::asio;

/// What became of a dial.
enum class dial_end : std::uint8_t {
  http2,      ///< there is a connection for all
  http1,      ///< everybody needs a connection of his own
  failed,     ///< everybody had better see for himself
  abandoned,  ///< whoever dialled was stopped: the next may dial for all
};

/// Owner shard's thread only.
class shared_dials {
  struct dial;
  struct book;

 public:
  /// One dial. What comes of it is said by `end`; who goes without a word has abandoned it. May outlive the dials it belongs to.
  class turn {
   public:
    turn(std::shared_ptr<book> of, std::string route, std::shared_ptr<dial> shared);
    ~turn();
    turn(turn&&) noexcept = default;
    turn& operator=(turn&&) = delete;
    /// Wakes those who wait, and remembers what the route speaks.
    void end(dial_end how);

   private:
    std::shared_ptr<book> book_;
    std::string route_;
    std::shared_ptr<dial> shared_;  ///< null: nobody waits for this one, or its end has been said
  };

  /// `most_marks`: of routes that spoke HTTP/1.1 last; beyond it all are forgotten.
  explicit shared_dials(std::size_t most_marks = 10'000);
  shared_dials(const shared_dials&) = delete;
  shared_dials& operator=(const shared_dials&) = delete;

  /// Whether a dial is under way that is worth waiting for.
  bool is_under_way(const std::string& route) const;
  /// A dial begins. Others wait for it if it is the only one and may lead to HTTP/2.
  turn begin(const std::string& route);
  /// Waits for the dial under way.
  /// errors  connect.timeout at `until`; cancelled
  asio::awaitable<result<dial_end>> outcome(std::string route, std::chrono::steady_clock::time_point until);

 private:
  std::shared_ptr<book> book_;  ///< shared with the turns: a coroutine that dials may be destroyed later than its client
};

}  // namespace trawl::net::h2
