#include "crawler/net/tls/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <stdexcept>

#include "crawler/net/failure.hpp"

namespace trawl::net {
namespace {

constexpr long largest_chain = 100L * 1024;  // bytes
constexpr int most_intermediates = 8;        // ten certificates with the leaf and the root

/// Where an SSL object keeps the key of its sessions, and its context the store. Asio keeps things of its own in OpenSSL's "app data".
int key_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, [](void*, void* key, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<std::string*>(key); });
  return index;
}
int store_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

/// OpenSSL's sess_set_new_cb: 1 says that the session is ours now.
int keep_session(SSL* ssl, SSL_SESSION* session) {
  auto* store = static_cast<session_store*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), store_index()));
  const auto* key = static_cast<const std::string*>(SSL_get_ex_data(ssl, key_index()));
  if (store == nullptr || key == nullptr || SSL_SESSION_is_resumable(session) == 0) return 0;
  store->put(*key, session_ptr(session, &SSL_SESSION_free));
  return 1;
}

std::string certificate_words(long why) {
  switch (why) {
    case X509_V_ERR_CERT_HAS_EXPIRED: return "the certificate has expired";
    case X509_V_ERR_CERT_NOT_YET_VALID: return "the certificate is not valid yet";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: return "the certificate is self-signed";
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: return "the certificate's issuer is not known";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: return "the certificate is for another name";
    case X509_V_ERR_CERT_SIGNATURE_FAILURE: return "the certificate's signature is not its issuer's";
    case X509_V_ERR_CERT_REVOKED: return "the certificate has been revoked";
    case X509_V_ERR_CERT_CHAIN_TOO_LONG: return "the certificate chain is too long";
    default: return X509_verify_cert_error_string(why);
  }
}

std::string handshake_words(const boost::system::error_code& ec) {
  if (ec == asio::error::eof || ec == asio::ssl::error::stream_truncated) return "the server ended the connection in the TLS handshake";
  if (ec.category() != asio::error::get_ssl_category()) return ec.message();
  switch (ERR_GET_REASON(static_cast<unsigned long>(ec.value()))) {
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION: return "no TLS version in common (fetch.tls.min_version)";
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_HTTP_REQUEST: return "the server does not speak TLS";
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE: return "no cipher in common";
    case SSL_R_TLSV1_UNRECOGNIZED_NAME: return "the server does not know the name";
    case SSL_R_EXCESSIVE_MESSAGE_SIZE: return "the certificate chain is too large";
    default: return ec.message();
  }
}

}  // namespace

tls_context::tls_context(const config::tls& settings) : verify_(settings.verify), context_(asio::ssl::context::tls_client) {
  SSL_CTX* ctx = context_.native_handle();
  SSL_CTX_set_min_proto_version(ctx, settings.min_version == "1.3" ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_max_cert_list(ctx, largest_chain);
  SSL_CTX_set_verify_depth(ctx, most_intermediates);
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(ctx, &keep_session);
  SSL_CTX_set_ex_data(ctx, store_index(), &sessions_);
  context_.set_default_verify_paths();
  boost::system::error_code ec;
  if (settings.ca_file) context_.load_verify_file(*settings.ca_file, ec);
  if (ec) throw std::runtime_error("fetch.tls.ca_file " + *settings.ca_file + ": " + ec.message());
}

tls_context::~tls_context() { SSL_CTX_set_ex_data(context_.native_handle(), store_index(), nullptr); }

void tls_context::prepare(SSL* ssl, const std::string& host, const std::string& key, std::string_view protocols) {
  const std::string bare = host.starts_with('[') ? host.substr(1, host.size() - 2) : host.ends_with('.') ? host.substr(0, host.size() - 1) : host;
  boost::system::error_code not_address;
  asio::ip::make_address(bare, not_address);
  if (not_address) {
    SSL_set_tlsext_host_name(ssl, bare.c_str());  // never for an address (RFC 6066, 3)
    SSL_set1_host(ssl, bare.c_str());
  } else {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), bare.c_str());
  }
  SSL_set_verify(ssl, verify_ ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (!protocols.empty()) SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(protocols.data()), static_cast<unsigned>(protocols.size()));
  SSL_set_ex_data(ssl, key_index(), new std::string(key));  // freed with the SSL object
  if (const session_ptr session = sessions_.take(key)) SSL_set_session(ssl, session.get());
}

error tls_context::failure(SSL* ssl, const boost::system::error_code& ec) const {
  const long why = SSL_get_verify_result(ssl);
  if (verify_ && why != X509_V_OK) return {errc::tls_certificate, certificate_words(why)};
  error out = failure_of(ec, errc::tls_handshake);
  if (out.code == errc::tls_handshake) out.detail = handshake_words(ec);
  return out;
}

}  // namespace trawl::net
