#include "tests/site/tls.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl.hpp>

#include "tests/site/server.hpp"

namespace trawl::site {
namespace {

namespace ssl = boost::asio::ssl;

/// OpenSSL's verdict on a connection to the place as `name`, trusting `ca_file` alone; what was read behind it.
struct visit {
  long verdict = -1;
  std::string bytes;
  boost::system::error_code end;
};

visit visit_as(const place& where, const std::string& name, const std::string& ca_file) {
  boost::asio::io_context io;
  ssl::context context(ssl::context::tls_client);
  context.load_verify_file(ca_file);
  ssl::stream<boost::asio::ip::tcp::socket> stream(io, context);
  stream.next_layer().connect({boost::asio::ip::make_address(where.address), where.port});
  SSL* raw = stream.native_handle();
  SSL_set_tlsext_host_name(raw, name.c_str());
  SSL_set1_host(raw, name.c_str());
  SSL_set_verify(raw, SSL_VERIFY_PEER, nullptr);
  visit out;
  stream.handshake(ssl::stream_base::client, out.end);
  out.verdict = SSL_get_verify_result(raw);
  if (out.end) return out;
  boost::asio::write(stream, boost::asio::buffer(std::string_view("GET / HTTP/1.1\r\n\r\n")));
  boost::asio::read(stream, boost::asio::dynamic_buffer(out.bytes), out.end);
  return out;
}

reply hello_and_close(const seen_request&) { return script({send("hello"), close()}); }

TEST(SiteTls, GoodCertificateVerifies) {
  const authority ca;
  server s(hello_and_close);
  const place there = s.listen_tls(ca.issue({"shop.test", "127.0.0.1"}));
  const visit v = visit_as(there, "shop.test", ca.ca_file());
  EXPECT_EQ(v.verdict, X509_V_OK);
  EXPECT_EQ(v.bytes, "hello");
  EXPECT_EQ(v.end, boost::asio::error::eof);  // with close_notify
  EXPECT_EQ(there.scheme, "https");
  const seen_connection seen = s.connections().at(0);
  EXPECT_TRUE(seen.tls && seen.handshake_done && !seen.resumed);
  EXPECT_EQ(seen.sni, "shop.test");
  EXPECT_EQ(seen.tls_version, "TLSv1.3");
}

TEST(SiteTls, EachFlawIsWhatItSays) {
  const authority ca, stranger;
  server s(hello_and_close);
  const std::vector<std::string> names = {"shop.test"};
  const auto verdict = [&](const identity& id, const std::string& name) { return visit_as(s.listen_tls(id), name, ca.ca_file()).verdict; };
  EXPECT_EQ(verdict(ca.issue(names, flaw::expired), "shop.test"), X509_V_ERR_CERT_HAS_EXPIRED);
  EXPECT_EQ(verdict(ca.issue(names, flaw::not_yet_valid), "shop.test"), X509_V_ERR_CERT_NOT_YET_VALID);
  EXPECT_EQ(verdict(ca.issue(names, flaw::self_signed), "shop.test"), X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
  EXPECT_EQ(verdict(ca.issue(names), "other.test"), X509_V_ERR_HOSTNAME_MISMATCH);
  EXPECT_NE(verdict(stranger.issue(names), "shop.test"), X509_V_OK);
}

TEST(SiteTls, CutIsATruncation) {
  const authority ca;
  server s([](const auto&) { return script({send("hel"), cut()}); });
  const visit v = visit_as(s.listen_tls(ca.issue({"shop.test"})), "shop.test", ca.ca_file());
  EXPECT_EQ(v.bytes, "hel");
  EXPECT_EQ(v.end, ssl::error::stream_truncated);
}

TEST(SiteTls, NewestVersionIsObeyed) {
  const authority ca;
  identity id = ca.issue({"shop.test"});
  id.newest_version = TLS1_2_VERSION;
  server s(hello_and_close);
  EXPECT_EQ(visit_as(s.listen_tls(id), "shop.test", ca.ca_file()).bytes, "hello");
  EXPECT_EQ(s.connections().at(0).tls_version, "TLSv1.2");
}

TEST(SiteTls, AuthorityRemovesItsFile) {
  std::string path;
  {
    const authority ca;
    path = ca.ca_file();
    EXPECT_TRUE(std::filesystem::exists(path));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace trawl::site
