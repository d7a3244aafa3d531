// TLS sessions that may be taken up again, so that the next connection to an origin needs no full handshake (RFC 8446, 2.2).
#pragma once
#include <openssl/ssl.h>

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace trawl::net {

using session_ptr = std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)>;

/// Bounded: the origins used last are kept. One thread.
class session_store {
 public:
  explicit session_store(std::size_t most_keys = 1000) : most_(most_keys) {}

  /// Keeps it under this key, of which at most two are kept: as many as servers send with TLS 1.3.
  void put(const std::string& key, session_ptr session);
  /// The newest of this key; null if there is none. One of TLS 1.3 is handed out once (RFC 8446, appendix C.4), an older one stays.
  session_ptr take(const std::string& key);
  std::size_t size() const noexcept { return order_.size(); }

 private:
  struct entry {
    std::string key;
    std::vector<session_ptr> sessions;
  };
  std::size_t most_;
  std::list<entry> order_;  ///< the one used last in front
  std::unordered_map<std::string, std::list<entry>::iterator> places_;
};

}  // namespace trawl::net
