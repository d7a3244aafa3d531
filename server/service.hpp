// The service as one object: its threads, its jobs, its open door. `trawl serve` holds one; tests hold one on port 0.
#pragma once
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "server/options.hpp"

namespace trawl::server {

/// Runs from construction to the end of `stop`, on threads of its own: crawls never delay an answer.
class service {
 public:
  /// Binds, takes over what `data` holds, starts. Throws std::exception where it can't: a bad address, a data directory in use, a
  /// token that can't be read, a certificate that can't be used.
  explicit service(server_options options);
  /// As `stop`.
  ~service();
  service(const service&) = delete;
  service& operator=(const service&) = delete;

  std::uint16_t port() const noexcept;
  /// "http://127.0.0.1:8080", with the port that was bound.
  std::string address() const;
  /// The token was made just now, and stands in this file; empty otherwise.
  std::filesystem::path new_token() const;

  /// Reads the certificate again, for connections that come from now on; one that can't be used leaves the old one in place. Says in the
  /// log which it was. Not beside or after `stop`.
  void reload();
  /// No more connections and no more jobs; what is in flight is finished within `limits.drain_time`, then cancelled. Blocks the
  /// calling thread until all has ended; harmless when repeated.
  void stop();

 private:
  class inside;
  std::unique_ptr<inside> inside_;
};

}  // namespace trawl::server
