#include "server/client/exchange.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

namespace trawl::server::client {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr auto as_values = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t block_bytes = 64u << 10, largest_head = 64u << 10;

/// OpenSSL's reason, or the system's; foreign certificates add nothing to it.
std::string reason(const error_code& ec) { return ec == beast::error::timeout ? "no answer in time" : ec.message(); }

}  // namespace

class exchange::inside {
 public:
  inside(asio::any_io_executor on, const service_address& to, const time_limits& limits) : to_(to), limits_(limits), plain_(on) {
    parser_.body_limit(boost::none);
    parser_.header_limit(largest_head);
  }

  asio::awaitable<outcome<void>> ask(const call& what) {
    auto connected = co_await connect();
    if (!connected) co_return connected;
    const auto message = request_of(what);
    lowest().expires_after(limits_.answer);
    error_code sent;  // judged after the head: a service that refuses a body answers before it has read all of it
    if (tls_) std::tie(sent, std::ignore) = co_await http::async_write(*tls_, message, as_values);
    else std::tie(sent, std::ignore) = co_await http::async_write(plain_, message, as_values);
    error_code read;
    if (tls_) std::tie(read, std::ignore) = co_await http::async_read_header(*tls_, buffer_, parser_, as_values);
    else std::tie(read, std::ignore) = co_await http::async_read_header(plain_, buffer_, parser_, as_values);
    if (read) co_return std::unexpected(broken(sent ? sent : read));
    co_return outcome<void>();
  }

  unsigned status() const noexcept { return parser_.get().result_int(); }

  std::optional<std::string> field(std::string_view name) const {
    const auto& fields = parser_.get().base();
    const auto found = fields.find(beast::string_view(name.data(), name.size()));
    return found == fields.end() ? std::nullopt : std::optional(std::string(found->value()));
  }

  asio::awaitable<outcome<std::optional<std::string>>> next_block() {
    std::string block(block_bytes, '\0');
    while (!parser_.is_done()) {
      auto& body = parser_.get().body();
      body.data = block.data();
      body.size = block.size();
      lowest().expires_after(limits_.silence);
      error_code ec;
      if (tls_) std::tie(ec, std::ignore) = co_await http::async_read_some(*tls_, buffer_, parser_, as_values);
      else std::tie(ec, std::ignore) = co_await http::async_read_some(plain_, buffer_, parser_, as_values);
      if (ec && ec != http::error::need_buffer) co_return std::unexpected(broken(ec));
      block.resize(block.size() - body.size);
      if (!block.empty()) co_return std::optional(std::move(block));
      block.resize(block_bytes);
    }
    co_return std::optional<std::string>();
  }

 private:
  beast::tcp_stream& lowest() noexcept { return tls_ ? tls_->next_layer() : plain_; }

  std::string host_name() const { return to_.host.starts_with('[') ? to_.host.substr(1, to_.host.size() - 2) : to_.host; }

  asio::awaitable<outcome<void>> connect() {
    asio::ip::tcp::resolver resolver(plain_.get_executor());
    auto [unknown, found] = co_await resolver.async_resolve(host_name(), std::to_string(to_.port), as_values);
    if (unknown) co_return std::unexpected(unreachable(unknown));
    plain_.expires_after(limits_.connect);
    auto [refused, at] = co_await plain_.async_connect(found, as_values);
    if (refused) co_return std::unexpected(unreachable(refused));
    if (!to_.has_tls) co_return outcome<void>();
    auto secured = co_await secure();
    co_return secured;
  }

  /// TLS with the certificate checked for the name (RFC 9110, 4.3.4), 1.2 at least.
  asio::awaitable<outcome<void>> secure() {
    error_code ec;
    context_.emplace(asio::ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(context_->native_handle(), TLS1_2_VERSION);
    context_->set_default_verify_paths(ec);
    if (!to_.ca_file.empty()) {
      context_->load_verify_file(to_.ca_file, ec);
      if (ec) co_return std::unexpected(failure{failure::kind::untrusted, "TRAWL_CA_FILE: " + to_.ca_file + ": no certificate can be read from it"});
    }
    context_->set_verify_mode(asio::ssl::verify_peer);
    tls_.emplace(std::move(plain_), *context_);
    tls_->set_verify_callback(asio::ssl::host_name_verification(host_name()));
    SSL_set_tlsext_host_name(tls_->native_handle(), host_name().c_str());
    lowest().expires_after(limits_.connect);
    std::tie(ec) = co_await tls_->async_handshake(asio::ssl::stream_base::client, as_values);
    if (!ec) co_return outcome<void>();
    const long verdict = SSL_get_verify_result(tls_->native_handle());
    const std::string why = verdict == X509_V_OK ? reason(ec) : std::string(X509_verify_cert_error_string(verdict)) + " (TRAWL_CA_FILE names certificates to trust)";
    const bool is_network = ec.category() == asio::error::get_system_category() || ec == beast::error::timeout;
    co_return std::unexpected(failure{is_network ? failure::kind::unreachable : failure::kind::untrusted, to_.url() + ": TLS: " + why});
  }

  http::request<http::string_body> request_of(const call& what) const {
    http::request<http::string_body> out(http::string_to_verb(what.method), to_.base + what.target, 11);
    out.set(http::field::host, to_.authority());
    out.set(http::field::user_agent, "trawl/" TRAWL_VERSION);
    out.set(http::field::connection, "close");
    if (!to_.token.empty()) out.set(http::field::authorization, "Bearer " + to_.token);
    for (const auto& [name, value] : what.fields) out.set(name, value);
    out.body() = what.body;
    if (what.method != "GET") out.prepare_payload();
    return out;
  }

  failure unreachable(const error_code& ec) const {
    const bool is_closed = ec == asio::error::connection_refused;
    return {failure::kind::unreachable, to_.url() + ": " + reason(ec) + (is_closed ? "; is `trawl serve` running there? TRAWL_URL names another address" : "")};
  }

  failure broken(const error_code& ec) const {
    const bool is_http = ec.category() == http::make_error_code(http::error::end_of_stream).category() && ec != http::error::end_of_stream && ec != http::error::partial_message;
    if (is_http) return {failure::kind::malformed, to_.url() + ": not an answer in HTTP: " + ec.message()};
    return {failure::kind::lost, to_.url() + ": the connection ended: " + reason(ec)};
  }

  const service_address& to_;
  const time_limits limits_;
  beast::tcp_stream plain_;  ///< moved into `tls_` once it is connected
  std::optional<asio::ssl::context> context_;
  std::optional<asio::ssl::stream<beast::tcp_stream>> tls_;
  beast::flat_buffer buffer_{2 * block_bytes};
  http::response_parser<http::buffer_body> parser_;
};

exchange::exchange(asio::any_io_executor on, const service_address& to, const time_limits& limits) : inside_(std::make_unique<inside>(std::move(on), to, limits)) {}
exchange::~exchange() = default;
exchange::exchange(exchange&&) noexcept = default;
asio::awaitable<outcome<void>> exchange::ask(const call& what) { return inside_->ask(what); }
unsigned exchange::status() const noexcept { return inside_->status(); }
std::optional<std::string> exchange::field(std::string_view name) const { return inside_->field(name); }
asio::awaitable<outcome<std::optional<std::string>>> exchange::next_block() { return inside_->next_block(); }

}  // namespace trawl::server::client
