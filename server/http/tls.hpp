// The certificate that the service shows, read from its files.
#pragma once
#include <boost/asio/ssl/context.hpp>
#include <filesystem>
#include <memory>

namespace trawl::server::http {

/// TLS 1.2 and later, ALPN "http/1.1" (RFC 7301), the server's order of ciphers, no renegotiation. Throws std::runtime_error, one line that
/// names the file, where one can't be read or the key does not belong to the certificate.
std::shared_ptr<boost::asio::ssl::context> load_tls(const std::filesystem::path& cert, const std::filesystem::path& key);

}  // namespace trawl::server::http
