// What all TLS connections of a client share: what is trusted, which versions, and the sessions that can be taken up again.
#pragma once
#include <boost/asio/ssl/context.hpp>
#include <boost/system/error_code.hpp>
#include <memory>
#include <string>

#include "config/job.hpp"
#include "crawler/model/error.hpp"
#include "crawler/net/tls/session_store.hpp"

namespace trawl::net {

namespace asio = boost::asio;

/// One thread. SSL objects made of it may outlive it; their new sessions are then dropped.
class tls_context {
 public:
  /// Throws std::runtime_error where the settings can't be used (a CA file that can't be read).
  explicit tls_context(const config::tls& settings);
  ~tls_context();
  tls_context(const tls_context&) = delete;
  tls_context& operator=(const tls_context&) = delete;

  asio::ssl::context& native() noexcept { return context_; }
  /// Whether certificates are checked.
  bool verifies() const noexcept { return verify_; }
  /// Readies a handshake with `host`, as a URL writes it: the name asked for and checked, `protocols` in ALPN's wire form
  /// (RFC 7301, 3.1; empty: none), and a session of `key` to take up.
  void prepare(SSL* ssl, const std::string& host, const std::string& key, std::string_view protocols);
  /// Why the handshake failed: tls.certificate or tls.handshake with the cause in our own words.
  error failure(SSL* ssl, const boost::system::error_code& ec) const;

 private:
  bool verify_;
  asio::ssl::context context_;
  session_store sessions_;
};

}  // namespace trawl::net
