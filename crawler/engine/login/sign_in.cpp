// A worker's part in the login of its job: nothing is leased before it, one worker goes through it, and pages tell when it is lost. A part of worker.hpp.
#include <boost/system/system_error.hpp>
#include <spdlog/spdlog.h>

#include <utility>

#include "crawler/async/run_on.hpp"
#include "crawler/engine/login/log_in.hpp"
#include "crawler/engine/worker.hpp"
#include "crawler/policy/backoff.hpp"

namespace trawl::engine {

using phase = login_session::phase;

namespace {

constexpr std::uint32_t most_tries = 3;  // of a login that has worked before

void tell(const std::string& job, login_session& login, async::clock::time_point now) {
  const auto left_out = login.announce(now);
  if (!left_out) return;
  const std::string also = *left_out == 0 ? "" : " (and " + std::to_string(*left_out) + " times since this was said last)";
  spdlog::info("{}: logged in by {}{}", job, login.plan().page().without_fragment(), also);
}

}  // namespace

/// Asked before robots.txt: while the login is under way a host is held as it is for that, and no slot or permit waits. nullopt: logged in.
std::optional<frontier::admission> worker::held_by_login(const std::string& host) {
  login_session* login = context_.login;
  if (login == nullptr) return std::nullopt;
  frontier::admission out;
  const phase now = login->is();
  if (now == phase::in) return std::nullopt;
  if (now == phase::failed) {
    out.is = frontier::admission::kind::refuse;
    out.refused = login->failure();
    return out;
  }
  out.is = frontier::admission::kind::wait;
  held_hosts_.insert(host);  // first: who ends the login posts, so this thread hears of it later
  if (login->begin()) asides_.spawn(log_in());
  return out;
}

void worker::go_on_after_login() {
  for (const std::string& host : std::exchange(held_hosts_, {})) frontier_->release_host(host);
}

/// Cancelled, nobody waits for it any more. A login that has worked is tried again: the site may have been in the middle of what lost it.
worker::task worker::log_in() {
  login_session& login = *context_.login;
  auto ended = co_await try_to_log_in();
  for (std::uint32_t tries = 1; !ended && ended.error().code != errc::cancelled && login.number() > 0 && tries < most_tries; ++tries) {
    spdlog::warn("{}: logging in again failed, and is tried once more: {}", job_.name, ended.error().detail);
    co_await async::sleep_for(context_.time, policy::backoff(job_.fetch.backoff, tries - 1, policy::jitter(context_.time.now())));
    ended = co_await try_to_log_in();
  }
  if (!ended && ended.error().code == errc::cancelled) co_return;
  if (ended) {
    login.succeed(*ended);
    tell(job_.name, login, context_.time.now());
  } else {
    login.fail(std::move(ended.error()));
  }
  if (login.is() == phase::given_up) co_return context_.on_fatal("logging in again failed " + std::to_string(most_tries) + " times: " + login.failure().detail);
  if (login.is() == phase::failed) spdlog::error("{}: the login failed: {}", job_.name, login.failure().detail);
  context_.on_login();
}

asio::awaitable<result<url::url>> worker::try_to_log_in() {
  const auto follow = [](fetch::hop) -> asio::awaitable<fetch::hop_answer> { co_return fetch::hop_answer{}; };  // whoever wrote the job means where it leads
  const fetch::fetch_fn fetch = fetch::with_redirects([this](request r) { return ask_for_login(std::move(r)); }, job_.fetch.max_redirects, follow);
  result<url::url> ended;
  try {
    ended = co_await engine::log_in(fetch, context_.login->plan(), context_.cpu);
  } catch (const boost::system::system_error&) {
    throw;
  } catch (const std::exception& e) {
    spdlog::error("the login of {}: {}", job_.name, e.what());
    ended = fail(errc::login_failed, "a fault of trawl's own; its log says more");
  }
  co_return ended;
}

/// By whoever owns the host, and with its turn: robots.txt is not asked, for the job names the page, and the gate to the network is the same.
asio::awaitable<result<fetch::outcome>> worker::ask_for_login(request asked) {
  asked.charged.reset();
  asked.so_far = {};
  auto got = co_await ask_owner_for(aside::login, std::move(asked));
  if (!got) co_return std::unexpected(std::move(got.error()));
  co_return std::move(*got);
}

fetch::login_watch worker::watching() {
  login_session* login = context_.login;
  if (login == nullptr) return {};
  return {.number = [login] { return login->number(); },
          .shows_login = [this](const request& asked, const response& answer) { return shows_login(asked, answer); },
          .lost = [login](std::uint32_t number) { return login->lost(number); },
          .asked_again = [login](bool helped) { login->asked_again(helped); },
          .keep = [login](const url::url& from, std::uint32_t number, const std::function<void()>& store) { login->keep(from, number, store); }};
}

asio::awaitable<bool> worker::shows_login(const request& asked, const response& answer) {
  const login_session& login = *context_.login;
  const auto sign = login.read(asked, answer);
  if (sign == login_session::sign::none || sign == login_session::sign::lost) co_return sign == login_session::sign::lost;
  auto look = [&login, &answer, there = sign == login_session::sign::look_there] { return login.plan().shows_login(answer, there); };
  co_return co_await async::run_on(context_.cpu, look);
}

}  // namespace trawl::engine
