// The client and HTTP/2, with a real server: nginx.
#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <filesystem>
#include <fstream>

#include "tests/support/co_test.hpp"
#include "tests/support/peer.hpp"
#include "tests/unit/net/client_bench.hpp"

namespace trawl::net {
namespace {

const site::authority& ca() {
  static const site::authority made;
  return made;
}

config::fetch trusting_settings() {
  config::fetch out;
  out.tls.ca_file = ca().ca_file();
  return out;
}

/// nginx with TLS on a port of its own. `how` goes into the listen line, `more` into the server block.
class nginx {
 public:
  explicit nginx(const std::string& how = "http2", const std::string& more = "") : dir_(std::filesystem::temp_directory_path() / ("trawl_nginx_" + std::to_string(testing::free_port()))) {
    std::filesystem::create_directories(dir_ / "pages");
    const site::identity id = ca().issue();
    write("cert.pem", id.certificate);
    write("key.pem", id.key);
    write("pages/small", "small page");
    write("pages/large", std::string(3'000'000, 'l'));
    const std::uint16_t port = testing::free_port();
    const std::string at = dir_.string() + "/";
    std::string temp;
    for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) temp += std::string(kind) + "_temp_path " + at + kind + "; ";
    server_.emplace(std::vector<std::string>{"nginx", "-p", at, "-c", "{file}"}, port,
                    "daemon off; master_process off; pid " + at + "pid; error_log stderr;\nevents {}\nhttp { access_log off; default_type text/html; gzip on; gzip_min_length 1;\n" + temp +
                        "\nserver { listen 127.0.0.1:" + std::to_string(port) + " ssl " + how + "; ssl_certificate " + at + "cert.pem; ssl_certificate_key " + at + "key.pem; root " + at +
                        "pages;\n" + more + "\nlocation /code { return 404 \"none\"; } location /type { default_type image/png; return 200 \"png\"; } } }\n");
  }
  ~nginx() {
    server_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
  }
  nginx(const nginx&) = delete;
  nginx& operator=(const nginx&) = delete;
  std::string url(const std::string& path) const { return "https://127.0.0.1:" + std::to_string(server_->port()) + path; }

 private:
  void write(const std::string& name, const std::string& text) const { std::ofstream(dir_ / name, std::ios::binary) << text; }
  std::filesystem::path dir_;
  std::optional<testing::peer> server_;
};

request zipped(std::string url) {
  request r = get(std::move(url));
  r.headers = {{"Accept-Encoding", "gzip"}};
  return r;
}

CO_TEST(ClientHttp2, IsSpokenWithNginx) {
  CO_SKIP_WITHOUT("nginx");
  const nginx server;
  client c = open_client(loop, trusting_settings());
  const auto small = co_await c.exchange(zipped(server.url("/small")), quick_options());
  CO_ASSERT(small.has_value());
  EXPECT_EQ(small->http_version, "2");
  EXPECT_EQ(small->status, 200);
  EXPECT_EQ(small->body, "small page");
  EXPECT_EQ(small->header("content-encoding"), "gzip");
  EXPECT_EQ(small->ip, "127.0.0.1");
  EXPECT_TRUE(small->tls_verified);
  const auto large = co_await c.exchange(get(server.url("/large")), quick_options());
  CO_ASSERT(large.has_value());
  EXPECT_EQ(large->body, std::string(3'000'000, 'l'));
  const auto none = co_await c.exchange(get(server.url("/code")), quick_options());
  CO_ASSERT(none.has_value());
  EXPECT_EQ(none->status, 404);
  exchange_options html_only = quick_options();
  html_only.content_types = {"text/html"};
  const auto png = co_await c.exchange(get(server.url("/type")), html_only);
  CO_ASSERT(png.has_value());
  EXPECT_TRUE(png->body_skipped);
  request head = get(server.url("/large"));
  head.method = "HEAD";
  const auto headed = co_await c.exchange(head, quick_options());
  CO_ASSERT(headed.has_value());
  EXPECT_EQ(headed->header("content-length"), "3000000");
  EXPECT_EQ(headed->body, "");
}

asio::awaitable<result<response>> asked_until_seen(client& c, std::string url) {
  for (;;) {
    auto r = co_await c.exchange(get(url), quick_options());
    if (r || !r.error().unseen) co_return r;
  }
}

// nginx says GOAWAY after so many requests, and has not looked at those that were on their way.
CO_TEST(ClientHttp2, LosesNothingWhenNginxGoesAway) {
  CO_SKIP_WITHOUT("nginx");
  const nginx server("http2", "keepalive_requests 3;");
  client c = open_client(loop, trusting_settings());
  int answered = 0, left = 9;
  asio::steady_timer all(loop, asio::steady_timer::time_point::max());
  for (int i = 0; i < 9; ++i)
    asio::co_spawn(loop, asked_until_seen(c, server.url("/small")), [&](std::exception_ptr, result<response> r) {
      answered += r && r->body == "small page" && r->http_version == "2" ? 1 : 0;
      if (--left == 0) all.cancel();
    });
  while (left > 0) co_await all.async_wait(asio::as_tuple(asio::use_awaitable));
  for (int i = 0; i < 20; ++i) {
    const auto r = co_await asked_until_seen(c, server.url("/small"));
    answered += r && r->http_version == "2" ? 1 : 0;
  }
  EXPECT_EQ(answered, 29);
}

CO_TEST(ClientHttp2, FallsBackWhereTheServerKnowsOnlyHttp1) {
  CO_SKIP_WITHOUT("nginx");
  const nginx server("");
  client c = open_client(loop, trusting_settings());
  for (int i = 0; i < 2; ++i) {
    const auto r = co_await c.exchange(get(server.url("/small")), quick_options());
    CO_ASSERT(r.has_value());
    EXPECT_EQ(r->http_version, "1.1");
  }
}

CO_TEST(ClientHttp2, IsNotOfferedWhereItIsOff) {
  CO_SKIP_WITHOUT("nginx");
  const nginx server;
  config::fetch settings = trusting_settings();
  settings.http2 = false;
  client c = open_client(loop, settings);
  const auto r = co_await c.exchange(get(server.url("/small")), quick_options());
  CO_ASSERT(r.has_value());
  EXPECT_EQ(r->http_version, "1.1");
}

CO_TEST(ClientHttp2, TooSlowABodyEndsAlone) {
  CO_SKIP_WITHOUT("nginx");
  const nginx server("http2", "location /large { limit_rate 10000; }");
  client c = open_client(loop, trusting_settings());
  exchange_options strict = quick_options();
  strict.min_rate = 1'000'000;
  strict.rate_window = std::chrono::milliseconds(300);
  EXPECT_EQ(code_of(co_await c.exchange(get(server.url("/large")), strict)), errc::timeout_too_slow);
  const auto after = co_await c.exchange(get(server.url("/small")), quick_options());
  CO_ASSERT(after.has_value());
  EXPECT_EQ(after->http_version, "2");
}

}  // namespace
}  // namespace trawl::net
