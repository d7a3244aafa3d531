// Certificates for tests, made at start: a root of our own and what it issues, good and bad.
#pragma once
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace trawl::site {

/// A certificate with its key, as PEM text, and how it is served.
struct identity {
  std::string certificate, key;
  int newest_version = 0;  ///< highest TLS version offered, as OpenSSL names it (TLS1_2_VERSION); 0: all
};

/// What is wrong with a certificate; the names are a matter of its own.
enum class flaw : std::uint8_t {
  none,
  expired,        ///< ended yesterday
  not_yet_valid,  ///< begins tomorrow
  self_signed,    ///< by nobody but itself
};

/// A certificate authority that only this process knows. Its file lives as long as it does. Any one thread.
class authority {
 public:
  /// Throws std::runtime_error where OpenSSL or the disk fails.
  authority();
  ~authority();
  authority(const authority&) = delete;
  authority& operator=(const authority&) = delete;

  /// Path of the root's certificate, for `fetch.tls.ca_file`.
  std::string ca_file() const { return file_.string(); }
  /// A server certificate for these names and addresses.
  identity issue(const std::vector<std::string>& names = {"127.0.0.1", "127.0.0.2", "::1", "localhost"}, flaw wrong = flaw::none) const;

 private:
  using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
  using certificate_ptr = std::unique_ptr<X509, decltype(&X509_free)>;
  key_ptr key_;
  certificate_ptr root_;
  std::filesystem::path file_;
};

}  // namespace trawl::site
