#include <gtest/gtest.h>

#include "tests/support/co_test.hpp"
#include "tests/unit/net/client_bench.hpp"

namespace trawl::net {
namespace {

using site::flaw;
using site::script;

/// One authority for all cases: making keys is the slow part.
const site::authority& ca() {
  static const site::authority made;
  return made;
}

config::fetch trusting_settings() {
  config::fetch out;
  out.tls.ca_file = ca().ca_file();
  out.resolve = {{"shop.test", "127.0.0.1"}};
  return out;
}

CO_TEST(ClientTls, VerifiedServerIsReadAndTheConnectionKept) {
  site::server s(ok);
  const site::place there = s.listen_tls(ca().issue({"shop.test"}));
  client c = open_client(loop, trusting_settings());
  for (int i = 0; i < 2; ++i) {
    const auto r = co_await c.exchange(get(there.url("/", "shop.test")), quick_options());
    CO_ASSERT(r.has_value());
    EXPECT_EQ(r->body, "ok");
    EXPECT_TRUE(r->tls_verified);
  }
  CO_ASSERT(s.connections().size() == 1U);
  EXPECT_EQ(s.connections()[0].sni, "shop.test");
}

CO_TEST(ClientTls, AddressesAreVerifiedButNeverNamed) {  // RFC 6066, 3
  site::server s(ok);
  const site::place there = s.listen_tls(ca().issue({"127.0.0.1"}));
  client c = open_client(loop, trusting_settings());
  EXPECT_TRUE((co_await c.exchange(get(there.url("/")), quick_options())).has_value());
  EXPECT_EQ(s.connections().at(0).sni, "");
}

CO_TEST(ClientTls, EachBadCertificateIsRefusedBeforeTheRequest) {
  site::server s(ok);
  const site::authority stranger;
  const std::vector<site::identity> bad = {ca().issue({"shop.test"}, flaw::expired), ca().issue({"shop.test"}, flaw::not_yet_valid), ca().issue({"shop.test"}, flaw::self_signed),
                                           ca().issue({"other.test", "127.0.0.1"}), stranger.issue({"shop.test"})};
  client c = open_client(loop, trusting_settings());
  for (const site::identity& id : bad) EXPECT_EQ(code_of(co_await c.exchange(get(s.listen_tls(id).url("/", "shop.test")), quick_options())), errc::tls_certificate);
  const site::place named = s.listen_tls(ca().issue({"localhost"}));
  EXPECT_EQ(code_of(co_await c.exchange(get(named.url("/")), quick_options())), errc::tls_certificate);  // the address is not in it
  EXPECT_TRUE(s.log().empty());
}

CO_TEST(ClientTls, WithoutVerifyAnyCertificateDoesAndTheAnswerSaysSo) {
  site::server s(ok);
  const site::place there = s.listen_tls(ca().issue({"other.test"}, flaw::expired));
  config::fetch settings;
  settings.tls.verify = false;
  client c = open_client(loop, settings);
  const auto r = co_await c.exchange(get(there.url("/")), quick_options());
  CO_ASSERT(r.has_value());
  EXPECT_FALSE(r->tls_verified);
}

CO_TEST(ClientTls, MinVersionIsKept) {
  site::server s(ok);
  site::identity old = ca().issue({"shop.test"});
  old.newest_version = TLS1_2_VERSION;
  const std::string url = s.listen_tls(old).url("/", "shop.test");
  config::fetch settings = trusting_settings();
  client lenient = open_client(loop, settings);
  EXPECT_TRUE((co_await lenient.exchange(get(url), quick_options())).has_value());
  settings.tls.min_version = "1.3";
  client strict = open_client(loop, settings);
  EXPECT_EQ(code_of(co_await strict.exchange(get(url), quick_options())), errc::tls_handshake);
}

CO_TEST(ClientTls, WhatIsNoTlsServerFailsInTheHandshake) {
  site::server s(ok);
  const std::string url = "https://127.0.0.1:" + std::to_string(s.port()) + "/";
  s.on_connect([](std::uint64_t) { return script({site::send("HTTP/1.1 400 Bad Request\r\n\r\n"), site::close()}); });
  client c = open_client(loop, trusting_settings());
  EXPECT_EQ(code_of(co_await c.exchange(get(url), quick_options())), errc::tls_handshake);
}

CO_TEST(ClientTls, SilentHandshakeEndsWithTheConnectDeadline) {
  site::server s(ok);
  s.on_connect([](std::uint64_t) { return script({site::hang()}); });
  client c = open_client(loop, trusting_settings());
  exchange_options o = quick_options();
  o.timeout.connect = 100ms;
  EXPECT_EQ(code_of(co_await c.exchange(get("https://127.0.0.1:" + std::to_string(s.port()) + "/"), o)), errc::connect_timeout);
}

CO_TEST(ClientTls, EndWithoutCloseNotifyIsACutBody) {  // RFC 9112, 9.8: a truncation attack looks like this
  site::server s([](const site::seen_request& r) { return script({site::send(site::head(200) + "body"), r.target == "/cut" ? site::cut() : site::close()}); });
  const site::place there = s.listen_tls(ca().issue({"127.0.0.1"}));
  client c = open_client(loop, trusting_settings());
  const auto cut = co_await c.exchange(get(there.url("/cut")), quick_options());
  const auto whole = co_await c.exchange(get(there.url("/whole")), quick_options());
  CO_ASSERT(cut && whole);
  EXPECT_EQ(cut->body + whole->body, "bodybody");
  EXPECT_EQ(cut->truncated, truncation::disconnect);
  EXPECT_EQ(whole->truncated, truncation::none);
}

CO_TEST(ClientTls, KeptConnectionThatDiesIsReplaced) {
  site::server s([](const site::seen_request& r) { return r.target == "/b" && r.connection == 1 ? script({site::cut()}) : ok(r); });
  const site::place there = s.listen_tls(ca().issue({"127.0.0.1"}));
  client c = open_client(loop, trusting_settings());
  EXPECT_TRUE((co_await c.exchange(get(there.url("/a")), quick_options())).has_value());
  EXPECT_TRUE((co_await c.exchange(get(there.url("/b")), quick_options())).has_value());
  EXPECT_EQ(s.connections().size(), 2U);
}

CO_TEST(ClientTls, CauseOfARefusalIsNamed) {
  site::server s(ok);
  const site::authority stranger;
  site::identity old = ca().issue({"shop.test"});
  old.newest_version = TLS1_2_VERSION;
  config::fetch settings = trusting_settings();
  settings.tls.min_version = "1.3";
  client c = open_client(loop, settings);
  const std::vector<std::pair<site::identity, std::string>> cases = {{ca().issue({"shop.test"}, flaw::expired), "the certificate has expired"},
                                                                     {ca().issue({"shop.test"}, flaw::not_yet_valid), "the certificate is not valid yet"},
                                                                     {ca().issue({"shop.test"}, flaw::self_signed), "the certificate is self-signed"},
                                                                     {ca().issue({"other.test"}), "the certificate is for another name"},
                                                                     {stranger.issue({"shop.test"}), "the certificate's signature is not its issuer's"},  // its root has the same name
                                                                     {old, "no TLS version in common (fetch.tls.min_version)"}};
  for (const auto& [id, words] : cases) {
    const auto r = co_await c.exchange(get(s.listen_tls(id).url("/", "shop.test")), quick_options());
    CO_ASSERT(!r.has_value());
    EXPECT_EQ(r.error().detail, words);
  }
  settings.tls.ca_file.reset();
  client without_root = open_client(loop, settings);
  const auto unknown = co_await without_root.exchange(get(s.listen_tls(ca().issue({"shop.test"})).url("/", "shop.test")), quick_options());
  CO_ASSERT(!unknown.has_value());
  EXPECT_EQ(unknown.error().detail, "the certificate's issuer is not known");
}

CO_TEST(ClientTls, HandshakeThatFailsOtherwiseIsNamedToo) {
  site::server s(ok);
  const std::string url = "https://127.0.0.1:" + std::to_string(s.port()) + "/";
  client c = open_client(loop, trusting_settings());
  exchange_options o = quick_options();
  o.timeout.connect = 100ms;
  for (const auto& [step, words] : std::vector<std::pair<site::step, std::string>>{{site::send("HTTP/1.1 400 Bad Request\r\n\r\n"), "the server does not speak TLS"},
                                                                                 {site::half_close(), "the server ended the connection in the TLS handshake"},
                                                                                 {site::pause(10ms), "the TLS handshake did not end in time"}}) {
    s.on_connect([step](std::uint64_t) { return script({step, site::hang()}); });
    const auto r = co_await c.exchange(get(url), o);
    CO_ASSERT(!r.has_value());
    EXPECT_EQ(r.error().detail, words);
  }
}

CO_TEST(ClientTls, SessionsAreTakenUpAgainByTheirOwnOriginOnly) {  // RFC 8446, 2.2; RFC 5077
  for (const int newest : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    site::server s([](const auto&) { return script({site::send(site::page("ok", 200, "text/html", "Connection: close\r\n").bytes), site::close()}); });
    site::identity id = ca().issue({"shop.test"});
    id.newest_version = newest;
    const site::place first = s.listen_tls(id), second = s.listen_tls(id);
    client c = open_client(loop, trusting_settings());
    for (int i = 0; i < 4; ++i) EXPECT_TRUE((co_await c.exchange(get(first.url("/", "shop.test")), quick_options())).has_value());
    EXPECT_TRUE((co_await c.exchange(get(second.url("/", "shop.test")), quick_options())).has_value());
    const auto seen = s.connections();
    CO_ASSERT(seen.size() == 5U);
    EXPECT_FALSE(seen[0].resumed);
    for (int i = 1; i < 4; ++i) EXPECT_TRUE(seen[static_cast<std::size_t>(i)].resumed) << i << " " << seen[static_cast<std::size_t>(i)].tls_version;
    EXPECT_FALSE(seen[4].resumed);
  }
}

TEST(SessionStore, IsBoundedAndKeepsWhatWasUsedLast) {
  session_store store(10);
  const auto fresh = [] { return session_ptr(SSL_SESSION_new(), &SSL_SESSION_free); };
  store.put("first", fresh());
  for (int i = 0; i < 100; ++i) {
    store.put(std::to_string(i), fresh());
    if (i < 50) store.put("first", fresh());
    EXPECT_LE(store.size(), 10U);
  }
  EXPECT_EQ(store.take("first").get(), nullptr);
  EXPECT_NE(store.take("99").get(), nullptr);
  EXPECT_EQ(store.take("never").get(), nullptr);
}

TEST(ClientTls, CaFileThatCannotBeReadIsToldAtTheStart) {
  asio::io_context loop;
  config::fetch settings;
  settings.tls.ca_file = "/nonexistent/ca.pem";
  EXPECT_THROW(open_client(loop, settings), std::runtime_error);
}

}  // namespace
}  // namespace trawl::net
