// A real web server that serves what a test gives it: nginx, on loopback at a free port, with a log that the test can read.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/site/tls.hpp"
#include "tests/support/peer.hpp"

namespace trawl::testing {

/// What is asked of nginx beside its pages.
struct nginx_shape {
  const site::authority* ca = nullptr;  ///< who issues its certificate; null: it speaks no TLS
  std::string listen;                   ///< goes into the listen line: "http2"
  std::string more;                     ///< goes into the server block
};

/// A line of nginx's log.
struct nginx_request {
  std::string method, target;
  int status = 0;
  std::string connection;       ///< its number; the same for all requests of one connection
  std::string http, tls;        ///< "HTTP/1.1"; "TLSv1.3", or "-"
  bool took_up_session = false; ///< RFC 8446, 2.2; RFC 5077
  std::string client;           ///< $ssl_client_verify: "NONE" where no certificate was sent
};

/// Where nginx's module of Debian's libnginx-mod-http-brotli-filter is; empty where it is not installed.
std::string brotli_module();

/// Runs from construction to destruction. gzip is on for all sizes, br too where its module is installed. Files without a suffix are HTML.
class nginx {
 public:
  /// `pages` are paths, as "/a/b", with what is there. Throws std::runtime_error where it does not start.
  explicit nginx(const std::map<std::string, std::string>& pages, const nginx_shape& shape = {});
  ~nginx();
  nginx(const nginx&) = delete;
  nginx& operator=(const nginx&) = delete;

  std::string url(const std::string& path) const;
  /// Its log, once it holds `least` requests or that takes too long: a line is written after its answer.
  std::vector<nginx_request> log(std::size_t least) const;

 private:
  void write(const std::string& name, const std::string& text) const;
  std::string configuration(std::uint16_t port, const nginx_shape& shape) const;

  std::filesystem::path dir_;
  bool speaks_tls_;
  std::optional<peer> server_;
};

}  // namespace trawl::testing
