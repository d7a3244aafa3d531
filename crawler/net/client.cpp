#include "crawler/net/client.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <stdexcept>

#include "crawler/net/body.hpp"

namespace trawl::net {

using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds longest_idle{60}, longest_life{300};
constexpr std::uint32_t most_exchanges = 1000;
constexpr std::size_t most_idle = 512;
constexpr auto descriptor_poll = std::chrono::milliseconds(50);

/// How long the server says that it keeps an idle connection ("Keep-Alive: timeout=5, max=100", RFC 2068, 19.7.1.1), less a second so
/// that our next request does not cross its end.
std::optional<std::chrono::seconds> keep_alive_timeout(const header_list& headers) {
  constexpr std::string_view key = "timeout=";
  for (const auto& [name, value] : headers) {
    if (!equal_ignoring_case(name, "keep-alive")) continue;
    const std::size_t at = value.find(key);
    unsigned seconds = 0;
    if (at == std::string::npos || std::from_chars(value.data() + at + key.size(), value.data() + value.size(), seconds).ec != std::errc()) continue;
    return std::chrono::seconds(seconds == 0 ? 0 : seconds - 1);
  }
  return std::nullopt;
}

}  // namespace

client::client(asio::io_context& context, const config::fetch& settings, egress_policy egress)
    : context_(context), resolver_(context, settings.resolve), egress_(std::move(egress)), verify_(settings.tls.verify), tls_(asio::ssl::context::tls_client) {
  SSL_CTX_set_min_proto_version(tls_.native_handle(), settings.tls.min_version == "1.3" ? TLS1_3_VERSION : TLS1_2_VERSION);
  tls_.set_default_verify_paths();
  boost::system::error_code ec;
  if (settings.tls.ca_file) tls_.load_verify_file(*settings.tls.ca_file, ec);
  if (ec) throw std::runtime_error("fetch.tls.ca_file " + *settings.tls.ca_file + ": " + ec.message());
}

void client::close_idle() {
  idle_.clear();
  idle_count_ = 0;
}

client::connection_ptr client::take_idle(const std::string& origin) {
  const auto pool = idle_.find(origin);
  if (pool == idle_.end()) return nullptr;
  const auto now = steady_clock::now();
  while (!pool->second.empty()) {
    connection_ptr c = std::move(pool->second.back());  // the warmest first
    pool->second.pop_back();
    --idle_count_;
    if (now - c->idle_since < std::min(longest_idle, c->may_idle) && now - c->born < longest_life && c->is_quiet()) return c;
  }
  idle_.erase(pool);
  return nullptr;
}

/// Makes room in a full pool: what is too old goes, and if that is nothing, the older half.
void client::sweep() {
  const auto now = steady_clock::now();
  std::vector<steady_clock::time_point> since;
  for (const auto& [origin, pool] : idle_)
    for (const connection_ptr& c : pool) since.push_back(c->idle_since);
  std::ranges::nth_element(since, since.begin() + static_cast<std::ptrdiff_t>(since.size() / 2));
  const auto newest_to_go = since[since.size() / 2];
  const auto is_old = [&](const connection_ptr& c) { return c->idle_since <= newest_to_go || now - c->idle_since >= longest_idle; };
  idle_count_ = 0;
  for (auto pool = idle_.begin(); pool != idle_.end();) {
    std::erase_if(pool->second, is_old);
    idle_count_ += pool->second.size();
    pool = pool->second.empty() ? idle_.erase(pool) : std::next(pool);
  }
}

void client::give_back(const std::string& origin, connection_ptr c) {
  if (++c->exchanges >= most_exchanges) return;
  if (idle_count_ >= most_idle) sweep();
  c->no_deadline();
  c->idle_since = steady_clock::now();
  idle_[origin].push_back(std::move(c));
  ++idle_count_;
}

asio::awaitable<result<client::connection_ptr>> client::open(const url::url& target, const exchange_options& options, steady_clock::time_point total) {
  const std::uint16_t port = target.effective_port();
  if (is_bad_port(port)) co_return fail(errc::connect_blocked_address, "port " + std::to_string(port) + " is not for web pages (Fetch Standard, 2.8)");
  const auto connect_until = steady_clock::now() + options.timeout.connect;
  const auto deadline = std::min(connect_until, total);
  const errc late = connect_until <= total ? errc::connect_timeout : errc::timeout_total;
  const auto found = co_await resolver_.resolve(*target.host);
  if (!found) co_return std::unexpected(found.error());
  error last{errc::connect_blocked_address, "not a globally reachable address"};
  for (const asio::ip::address& address : *found) {
    if (!egress_.allows(*target.host, port, address)) continue;
    auto c = std::make_shared<connection>(context_.get_executor());
    c->deadline(deadline, late);
    auto ok = co_await connect(*c, {address, port}, deadline);
    if (ok && target.scheme == "https") ok = co_await c->handshake(tls_, *target.host, verify_);
    if (ok) co_return c;
    last = ok.error();
    if (last.code == errc::cancelled || last.code == errc::tls_certificate || steady_clock::now() >= deadline) break;
  }
  co_return std::unexpected(last);
}

/// Out of file descriptors is our trouble and not the host's: idle connections are closed, and what is in flight is waited for.
asio::awaitable<result<void>> client::connect(connection& c, asio::ip::tcp::endpoint to, steady_clock::time_point until) {
  for (;;) {
    auto ok = co_await c.connect(to);
    if (ok || ok.error().code != errc::internal || steady_clock::now() >= until) co_return ok;
    close_idle();
    asio::steady_timer pause(context_, descriptor_poll);
    co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

asio::awaitable<result<response>> client::exchange(request r, const exchange_options& options) {
  const auto target = url::parse(r.url);
  if (!target || !target->is_http() || !target->host) co_return fail(errc::url_invalid, "not an http URL");
  const std::string origin = target->origin();
  const auto total = steady_clock::now() + options.timeout.total;
  for (bool first = true;; first = false) {
    connection_ptr c = first ? take_idle(origin) : nullptr;
    const bool reused = c != nullptr;
    if (!c) {
      auto opened = co_await open(*target, options, total);
      if (!opened) co_return std::unexpected(opened.error());
      c = std::move(*opened);
    }
    attempt done = co_await talk(c, r, *target, options, total, reused);
    if (done.stale && r.idempotent) continue;  // the server closed it as we wrote (RFC 9112, 9.3.1): asked again on a fresh one
    co_return std::move(done.answer);
  }
}

asio::awaitable<client::attempt> client::talk(const connection_ptr& c, const request& r, const url::url& target, const exchange_options& options, steady_clock::time_point total, bool reused) {
  const auto begin = steady_clock::now();
  const auto first_byte = begin + options.timeout.first_byte;
  c->deadline(std::min(first_byte, total), first_byte <= total ? errc::timeout_first_byte : errc::timeout_total);
  if (auto sent = co_await c->write(write_request(r, target)); !sent) co_return attempt{std::unexpected(sent.error()), reused && sent.error().code == errc::connect_reset};

  response out;
  std::optional<response_head> head;
  std::size_t head_size = 0;
  while (!head) {
    const auto got = co_await c->read(c->buffer);
    if (!got) co_return attempt{std::unexpected(got.error()), reused && c->buffer.empty() && got.error().code == errc::connect_reset};
    if (*got == 0) co_return attempt{fail(errc::connect_reset, "closed before a response"), reused && c->buffer.empty()};
    const bool may_be_garbage = c->buffer.size() - *got < enough_to_tell;
    if (!may_be_garbage && c->buffer.size() <= options.max_header && !has_empty_line(c->buffer, c->buffer.size() - *got)) continue;
    auto read = read_head(c->buffer, r.method, options.max_header, head_size);
    // What a kept connection says first may be the rest of the answer before, come late: this request is owed one of its own.
    if (!read) co_return attempt{std::unexpected(read.error()), reused && read.error().code == errc::http_malformed};
    if (*read) {
      head = std::move(*read);
      c->buffer.erase(0, head_size);
    }
  }
  out.latency = steady_clock::now() - begin;
  out.status = head->status;
  out.http_version = head->minor == 0 ? "1.0" : "1.1";
  out.ip = c->peer();
  out.tls_verified = target.scheme != "https" || verify_;
  out.final_url = r.url;
  c->deadline(total, errc::timeout_total);
  const body_limits limits{options.max_body, options.max_header - std::min(head_size, options.max_header), options.content_types, total};
  const auto reusable = co_await read_body(*c, *head, limits, out);
  if (!reusable) co_return attempt{std::unexpected(reusable.error())};
  if (const auto promised = keep_alive_timeout(head->headers)) c->may_idle = *promised;
  out.headers = std::move(head->headers);
  if (*reusable) give_back(target.origin(), c);
  co_return attempt{std::move(out)};
}

}  // namespace trawl::net
