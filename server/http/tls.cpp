#include "server/http/tls.hpp"

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <spdlog/spdlog.h>

#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace trawl::server::http {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

namespace {

constexpr unsigned char our_protocol[] = "\x08http/1.1";

/// RFC 7301, 3.2: what is common, or the alert no_application_protocol.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* length, const unsigned char* offered, unsigned int offered_length, void*) {
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, length, our_protocol, sizeof our_protocol - 1, offered, offered_length) != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

[[noreturn]] void refuse(std::string_view key, const std::filesystem::path& file, const std::string& why) { throw std::runtime_error(std::string(key) + ": " + file.string() + ": " + why); }

void check_readable(std::string_view key, const std::filesystem::path& file) {
  std::error_code ec;
  if (!std::filesystem::is_regular_file(std::filesystem::status(file, ec))) refuse(key, file, ec ? ec.message() : "is no file");
  if (!std::ifstream(file)) refuse(key, file, "can't be read");
}

}  // namespace

std::shared_ptr<ssl::context> load_tls(const std::filesystem::path& cert, const std::filesystem::path& key) {
  check_readable("tls.cert", cert);
  check_readable("tls.key", key);
  auto out = std::make_shared<ssl::context>(ssl::context::tls_server);
  error_code ec;
  out->use_certificate_chain_file(cert.string(), ec);
  if (ec) refuse("tls.cert", cert, "is no certificate in PEM: " + ec.message());
  out->set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string(); }, ec);  // nobody is there to be asked
  out->use_private_key_file(key.string(), ssl::context::pem, ec);
  SSL_CTX* native = out->native_handle();
  if (ec && ERR_GET_REASON(static_cast<unsigned long>(ec.value())) != X509_R_KEY_VALUES_MISMATCH) refuse("tls.key", key, "is no private key in PEM without a password: " + ec.message());
  if (ec || SSL_CTX_check_private_key(native) != 1) refuse("tls.key", key, "does not belong to the certificate " + cert.string());
  if (X509_cmp_current_time(X509_get0_notAfter(SSL_CTX_get0_certificate(native))) < 0) spdlog::warn("tls.cert: {} has expired", cert.string());
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);  // an idle connection holds none
  SSL_CTX_set_alpn_select_cb(native, choose_protocol, nullptr);
  return out;
}

}  // namespace trawl::server::http
