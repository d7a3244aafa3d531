#include "server/service.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <mutex>
#include <stdexcept>

#include "crawler/async/gate.hpp"
#include "crawler/engine/crawl.hpp"
#include "server/api/api.hpp"
#include "server/api/openapi/document.hpp"
#include "server/dashboard/dashboard.hpp"
#include "server/http/listener.hpp"
#include "server/http/tls.hpp"
#include "server/jobs/registry.hpp"
#include "server/offload.hpp"

namespace trawl::server {
namespace {

constexpr std::size_t helper_count = 2;
constexpr std::size_t checker_count = 2;
constexpr auto last_words = std::chrono::milliseconds(1'000);  // for followers to read the end of their job
constexpr auto look_every = std::chrono::milliseconds(20);

}  // namespace

class service::inside {
 public:
  explicit inside(server_options given)
      : options_(checked(std::move(given))),
        shards_(options_.shards),
        helpers_(helper_count),
        checkers_(checker_count),
        files_(options_.data),
        table_(files_.table()),
        endpoint_(http::parse_listen(options_.listen)),
        keys_(tokens()),
        jobs_(loop_, shards_, helpers_, files_, table_, options_),
        stored_(loop_, helpers_, jobs_, options_),
        site_{options_.limits, keys_, routes_},
        api_{jobs_, checkers_, shards_, loops_, site_, options_},
        sessions_(loop_.get_executor()),
        door_(loop_, endpoint_, sessions_, site_) {
    site_.checks_host = keys_.empty();
    site_.tls = tls();
    for (const auto add : {api::add_jobs, api::add_job_control, api::add_watching, api::add_results, api::add_scrape, api::add_metrics, api::add_health, api::add_pages}) add(routes_, api_);
    api::add_named(routes_, api_, stored_);
    dashboard::add_pages(routes_);
    api::describe_routes(routes_);
    jobs_.take_over();
    stored_.take_over();
    endpoint_ = door_.local_endpoint();
    asio::post(loop_, [this] {
      jobs_.begin();
      sessions_.spawn(loops_.run());
      stored_.begin();
      sessions_.spawn(door_.run());
    });
    thread_ = std::jthread([this] { loop_.run(); });
  }

  void stop() {
    const std::lock_guard lock(mutex_);
    if (!thread_.joinable()) return;
    asio::co_spawn(loop_, wind_down(), asio::use_future).get();
    open_.reset();
    thread_.join();
  }

  void reload() {
    if (options_.tls_cert.empty()) return spdlog::info("there is no certificate to be read again: the service speaks plain HTTP");
    try {
      asio::post(loop_, [this, fresh = tls()] { site_.tls = fresh; });
      spdlog::info("the certificate was read again: new connections get it");
    } catch (const std::runtime_error& e) {
      spdlog::error("the certificate stays the old one: {}", e.what());
    }
  }

  bool is_secure() const noexcept { return !options_.tls_cert.empty(); }
  asio::ip::tcp::endpoint endpoint_of() const { return endpoint_; }
  const std::filesystem::path& new_token() const noexcept { return new_token_; }

 private:
  static server_options checked(server_options o) {
    for (const std::string& network : o.egress_allow)
      if (!engine::is_egress_network(network)) throw std::runtime_error("egress.allow: '" + network + "' is no CIDR:port");
    return o;
  }

  /// Those of the configuration; off loopback without any, one of our own.
  std::vector<token_source> tokens() {
    if (!options_.tokens.empty() || endpoint_.address().is_loopback()) return options_.tokens;
    bool made = false;
    token_source own = own_token(options_.data, made);
    if (made) new_token_ = own.file;
    return {std::move(own)};
  }

  /// null: plain HTTP. Throws std::runtime_error.
  std::shared_ptr<asio::ssl::context> tls() const { return options_.tls_cert.empty() ? nullptr : http::load_tls(options_.tls_cert, options_.tls_key); }

  asio::awaitable<void> wind_down() {
    site_.stopping = true;
    door_.close();
    co_await stored_.stop();
    co_await jobs_.stop(options_.limits.drain_time);
    const auto patience = std::chrono::steady_clock::now() + last_words;
    asio::steady_timer timer(loop_);
    while (site_.connections > site_.idle && std::chrono::steady_clock::now() < patience) {
      timer.expires_after(look_every);
      co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    sessions_.cancel_all();
    co_await sessions_.close();
  }

  // In the order of need: whatever stands below uses what stands above.
  const server_options options_;
  engine::shards shards_;
  asio::io_context loop_{1};
  asio::executor_work_guard<asio::io_context::executor_type> open_{loop_.get_executor()};
  loop_watch loops_{loop_, shards_};
  helper_threads helpers_;
  judges checkers_;
  const job_files files_;
  job_table table_;
  asio::ip::tcp::endpoint endpoint_;
  std::filesystem::path new_token_;
  const keyring keys_;
  http::router routes_;
  registry jobs_;
  named_jobs stored_;
  http::site site_;
  api::state api_;
  async::gate sessions_;
  http::listener door_;
  std::mutex mutex_;
  std::jthread thread_;
};

service::service(server_options options) : inside_(std::make_unique<inside>(std::move(options))) {}
service::~service() { stop(); }
void service::stop() { inside_->stop(); }
void service::reload() { inside_->reload(); }
std::uint16_t service::port() const noexcept { return inside_->endpoint_of().port(); }
std::filesystem::path service::new_token() const { return inside_->new_token(); }

std::string service::address() const {
  const auto at = inside_->endpoint_of();
  const std::string host = at.address().is_v6() ? "[" + at.address().to_string() + "]" : at.address().to_string();
  return (inside_->is_secure() ? "https://" : "http://") + host + ":" + std::to_string(at.port());
}

}  // namespace trawl::server
