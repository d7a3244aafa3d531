#include "tests/site/tls.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/ip/address.hpp>
#include <fstream>
#include <stdexcept>

namespace trawl::site {
namespace {

constexpr long day = 24 * 60 * 60;

template <class T>
T* checked(T* made) {
  if (made == nullptr) throw std::runtime_error("OpenSSL could not make a test certificate");
  return made;
}

template <class Object, class Write>
std::string to_pem(Write write, Object* object) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(checked(BIO_new(BIO_s_mem())), &BIO_free);
  if (write(memory.get(), object) != 1) throw std::runtime_error("OpenSSL could not write a test certificate");
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string key_pem(EVP_PKEY* key) {
  return to_pem([](BIO* out, EVP_PKEY* k) { return PEM_write_bio_PrivateKey(out, k, nullptr, nullptr, 0, nullptr, nullptr); }, key);
}
std::string certificate_pem(X509* certificate) {
  return to_pem([](BIO* out, X509* c) { return PEM_write_bio_X509(out, c); }, certificate);
}

void extend(X509* certificate, X509* issuer, int what, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(checked(X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str())), &X509_EXTENSION_free);
  X509_add_ext(certificate, extension.get(), -1);
}

std::string alternative_names(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) {
    boost::system::error_code no_address;
    boost::asio::ip::make_address(name, no_address);
    out += (out.empty() ? "" : ",") + std::string(no_address ? "DNS:" : "IP:") + name;
  }
  return out;
}

/// A certificate without extensions and signature, valid between the two offsets from now in seconds.
X509* blank(EVP_PKEY* key, const char* common_name, long from, long to) {
  static std::atomic<long> serial = 1;
  X509* out = checked(X509_new());
  X509_set_version(out, 2);  // counted from 0: X.509 v3
  ASN1_INTEGER_set(X509_get_serialNumber(out), serial++);
  X509_gmtime_adj(X509_getm_notBefore(out), from);
  X509_gmtime_adj(X509_getm_notAfter(out), to);
  X509_set_pubkey(out, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(out), "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(common_name), -1, -1, 0);
  return out;
}

std::filesystem::path fresh_file() {
  static std::atomic<int> number = 0;
  return std::filesystem::temp_directory_path() / ("trawl-test-ca-" + std::to_string(::getpid()) + "-" + std::to_string(number++) + ".pem");
}

}  // namespace

authority::authority() : key_(checked(EVP_EC_gen("P-256")), &EVP_PKEY_free), root_(blank(key_.get(), "trawl test root", -day, 365 * day), &X509_free), file_(fresh_file()) {
  X509_set_issuer_name(root_.get(), X509_get_subject_name(root_.get()));
  extend(root_.get(), root_.get(), NID_basic_constraints, "critical,CA:TRUE");
  extend(root_.get(), root_.get(), NID_key_usage, "critical,keyCertSign");
  extend(root_.get(), root_.get(), NID_subject_key_identifier, "hash");
  if (X509_sign(root_.get(), key_.get(), EVP_sha256()) == 0) throw std::runtime_error("OpenSSL could not sign a test certificate");
  std::ofstream file(file_);
  file << certificate_pem(root_.get());
  if (!file.flush()) throw std::runtime_error("can't write " + file_.string());
}

authority::~authority() {
  std::error_code ignored;
  std::filesystem::remove(file_, ignored);
}

identity authority::issue(const std::vector<std::string>& names, flaw wrong) const {
  const key_ptr key(checked(EVP_EC_gen("P-256")), &EVP_PKEY_free);
  const long from = wrong == flaw::not_yet_valid ? day : -2 * day, to = wrong == flaw::expired ? -day : 30 * day;
  const certificate_ptr leaf(blank(key.get(), "trawl test server", from, to), &X509_free);
  X509* issuer = wrong == flaw::self_signed ? leaf.get() : root_.get();
  X509_set_issuer_name(leaf.get(), X509_get_subject_name(issuer));
  extend(leaf.get(), issuer, NID_basic_constraints, "critical,CA:FALSE");
  extend(leaf.get(), issuer, NID_subject_alt_name, alternative_names(names));
  if (X509_sign(leaf.get(), wrong == flaw::self_signed ? key.get() : key_.get(), EVP_sha256()) == 0) throw std::runtime_error("OpenSSL could not sign a test certificate");
  return {certificate_pem(leaf.get()), key_pem(key.get())};
}

}  // namespace trawl::site
