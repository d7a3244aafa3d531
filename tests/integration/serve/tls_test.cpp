// HTTPS of the service: who gets in, what is agreed on, and how a certificate is exchanged while it runs.
#include <openssl/ssl.h>

#include <boost/asio/ssl.hpp>
#include <fstream>

#include "tests/integration/serve_fixture.hpp"
#include "tests/site/tls.hpp"

namespace trawl {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace http = boost::beast::http;
using test::connection;
using tcp = asio::ip::tcp;

/// What a client offers.
struct offer {
  int newest = 0;          ///< TLS version; 0: all
  std::string protocols = "\x08http/1.1";
};

/// A client that checks the certificate; every read ends after five seconds.
class tls_client {
 public:
  tls_client(std::uint16_t port, const std::string& ca_file, const offer& what = {}) : context_(asio::ssl::context::tls_client), stream_(loop_, trusting(context_, ca_file)) {
    if (what.newest != 0) SSL_set_max_proto_version(stream_.native_handle(), what.newest);
    if (!what.protocols.empty()) SSL_set_alpn_protos(stream_.native_handle(), reinterpret_cast<const unsigned char*>(what.protocols.data()), static_cast<unsigned>(what.protocols.size()));
    stream_.next_layer().connect({asio::ip::address_v4::loopback(), port});
    const timeval limit{5, 0};
    ::setsockopt(stream_.next_layer().native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    stream_.handshake(asio::ssl::stream_base::client, failed);
  }

  std::optional<test::reply> call(const std::string& target, const std::string& fields = "") {
    boost::system::error_code ec;
    asio::write(stream_, asio::buffer("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n"), ec);
    http::response<http::string_body> message;
    if (!ec) http::read(stream_, buffer_, message, ec);
    if (ec) return std::nullopt;
    return test::reply{static_cast<int>(message.result_int()), message.base(), message.body()};
  }
  std::string agreed() {
    const unsigned char* name = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(stream_.native_handle(), &name, &length);
    return std::string(reinterpret_cast<const char*>(name), length);
  }
  std::string version() { return SSL_get_version(stream_.native_handle()); }

  boost::system::error_code failed;

 private:
  static asio::ssl::context& trusting(asio::ssl::context& context, const std::string& ca_file) {
    context.load_verify_file(ca_file);
    context.set_verify_mode(asio::ssl::verify_peer);
    return context;
  }
  asio::io_context loop_;
  asio::ssl::context context_;
  asio::ssl::stream<tcp::socket> stream_;
  boost::beast::flat_buffer buffer_;
};

class ServeTls : public test::serve_fixture {
 protected:
  void SetUp() override {
    test::serve_fixture::SetUp();
    std::filesystem::create_directories(options_.data);
    options_.tls_cert = options_.data / "cert.pem";
    options_.tls_key = options_.data / "key.pem";
    write(root_.issue());
  }
  void write(const site::identity& one) const {
    std::ofstream(options_.tls_cert) << one.certificate;
    std::ofstream(options_.tls_key) << one.key;
  }
  tls_client secure(const offer& what = {}) const { return tls_client(port(), root_.ca_file(), what); }

  site::authority root_;
};

TEST_F(ServeTls, AnswersOverTlsAndSaysSo) {
  start();
  EXPECT_TRUE(service_->address().starts_with("https://127.0.0.1:"));
  tls_client c = secure();
  ASSERT_FALSE(c.failed) << c.failed.message();
  EXPECT_EQ(c.agreed(), "http/1.1");
  EXPECT_EQ(c.version(), "TLSv1.3");
  for (int i = 0; i < 3; ++i) {
    const auto r = c.call("/readyz");
    ASSERT_TRUE(r);
    EXPECT_EQ(r->status, 200);
    EXPECT_EQ(r->field("Strict-Transport-Security"), "max-age=31536000");
  }
}

TEST_F(ServeTls, VersionsBelow12AndOtherProtocolsAreRefused) {
  start();
  EXPECT_TRUE(secure({.newest = TLS1_1_VERSION}).failed);
  EXPECT_FALSE(secure({.newest = TLS1_2_VERSION}).failed);
  EXPECT_TRUE(secure({.protocols = "\x02h2"}).failed);  // RFC 7301, 3.2: no_application_protocol
  EXPECT_FALSE(secure({.protocols = ""}).failed);
}

TEST_F(ServeTls, PlainHttpIsToldThatThisIsHttps) {
  start();
  const auto r = connection(port()).call("GET", "/healthz");
  EXPECT_EQ(r.status, 400);
  EXPECT_NE(r.body.find("this port speaks HTTPS"), std::string::npos);
}

TEST_F(ServeTls, WhoDoesNotShakeHandsIsCutAndCounted) {
  options_.limits.handshake_time = 200ms;
  options_.limits.connections = 2;
  start();
  connection a(port()), b(port());
  std::this_thread::sleep_for(50ms);
  EXPECT_TRUE(secure().failed);  // a third connection is one too many, whatever the others are doing
  EXPECT_TRUE(a.is_closed());
  EXPECT_TRUE(b.is_closed());
  bool served = false;
  for (int i = 0; i < 100 && !served; ++i, std::this_thread::sleep_for(20ms)) served = !secure().failed;
  EXPECT_TRUE(served);
}

TEST_F(ServeTls, AFollowerReadsALongResultOverTls) {
  start();
  tls_client c = secure();
  const std::string made = [&] {
    tls_client poster = secure();
    return poster.call("/api/v1/jobs")->body;
  }();
  EXPECT_EQ(made, R"({"jobs":[],"next":null})");
  const auto page = c.call("/openapi.json");  // more than one record of TLS
  ASSERT_TRUE(page);
  EXPECT_GT(page->body.size(), 40'000U);
  EXPECT_TRUE(nlohmann::json::accept(page->body));
}

TEST_F(ServeTls, AReloadedCertificateIsForNewConnectionsAndABadOneChangesNothing) {
  start();
  tls_client before = secure();
  ASSERT_FALSE(before.failed);
  write(root_.issue({"127.0.0.1"}, site::flaw::expired));
  service_->reload();
  EXPECT_EQ(before.call("/healthz")->status, 200);  // not dropped
  bool is_new = false;
  for (int i = 0; i < 100 && !is_new; ++i, std::this_thread::sleep_for(10ms)) is_new = static_cast<bool>(secure().failed);
  EXPECT_TRUE(is_new);
  write(root_.issue());
  service_->reload();
  for (int i = 0; i < 100 && secure().failed; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_FALSE(secure().failed);
  std::ofstream(options_.tls_cert) << "no certificate\n";
  service_->reload();
  std::this_thread::sleep_for(100ms);
  EXPECT_FALSE(secure().failed);
  EXPECT_EQ(before.call("/healthz")->status, 200);
}

TEST_F(ServeTls, ACertificateThatCantBeUsedIsSaidAtStart) {
  const auto said = [this] {
    try {
      start();
    } catch (const std::exception& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  std::ofstream(options_.tls_key) << root_.issue().key;
  EXPECT_NE(said().find("does not belong to the certificate"), std::string::npos) << said();
  std::ofstream(options_.tls_key) << "garbage";
  EXPECT_TRUE(said().starts_with("tls.key: ")) << said();
  std::ofstream(options_.tls_cert) << "garbage";
  EXPECT_TRUE(said().starts_with("tls.cert: ")) << said();
  std::filesystem::remove(options_.tls_cert);
  EXPECT_NE(said().find("No such file"), std::string::npos) << said();
  EXPECT_EQ(said().find('\n'), std::string::npos);
}

}  // namespace
}  // namespace trawl
