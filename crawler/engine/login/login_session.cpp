#include "crawler/engine/login/login_session.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "crawler/engine/page.hpp"

namespace trawl::engine {
namespace {

constexpr std::uint32_t most_fruitless = 10;  // logins in a row that did not help the page for which they were made
constexpr std::size_t most_places = 8;        // where the form was found
constexpr auto announce_every = std::chrono::minutes(1);

login_plan compiled(const config::login& settings) {
  std::vector<job_problem> none;  // they were reported when the job was checked
  return {settings, none};
}

/// Where all kinds of redirects end.
bool is_start_page(const url::url& where) noexcept { return where.path == "/" && !where.query; }

}  // namespace

login_session::login_session(const config::login& settings) : plan_(compiled(settings)) {}

bool login_session::begin() noexcept {
  phase expected = phase::out;
  return phase_.compare_exchange_strong(expected, phase::under_way);
}

void login_session::succeed(const url::url& form_at) {
  const std::lock_guard lock(mutex_);
  if (!is_same_page(form_at, plan_.page()) && form_at_.size() < most_places && std::ranges::find(form_at_, form_at) == form_at_.end()) form_at_.push_back(form_at);
  number_.fetch_add(1, std::memory_order_release);
  phase_.store(phase::in, std::memory_order_release);
}

void login_session::fail(error why) {
  const std::lock_guard lock(mutex_);
  failure_ = std::move(why);
  phase_.store(number() == 0 ? phase::failed : phase::given_up, std::memory_order_release);
}

bool login_session::lost(std::uint32_t number) {
  const std::lock_guard lock(mutex_);
  if (is() != phase::in || number != this->number()) return true;
  if (fruitless_ >= most_fruitless) return false;
  phase_.store(phase::out, std::memory_order_release);
  return true;
}

void login_session::asked_again(bool helped) noexcept {
  if (helped) {
    fruitless_ = 0;
  } else {
    ++fruitless_;
  }
}

void login_session::keep(const url::url& from, std::uint32_t number, const std::function<void()>& store) const {
  if (!plan_.is_of_site(from)) return store();
  const std::lock_guard lock(mutex_);  // lost() takes it before a login can begin
  if (is() == phase::in && number == this->number()) store();
}

std::optional<std::uint32_t> login_session::announce(async::clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (announced_at_ && now - *announced_at_ < announce_every) return ++unannounced_, std::nullopt;
  announced_at_ = now;
  return std::exchange(unannounced_, 0);
}

bool login_session::is_login_page(const url::url& where) const {
  if (is_same_page(where, plan_.page())) return true;
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(form_at_, [&](const url::url& at) { return is_same_page(where, at); });
}

login_session::sign login_session::read(const request& asked, const response& answer) const {
  const auto from = url::parse(asked.url), to = url::parse(answer.final_url);
  if (!from || !to || !plan_.is_of_site(*to) || is_login_page(*from)) return sign::none;
  const bool is_led_there = !answer.redirects.empty() && is_login_page(*to);
  const bool has_content = !answer.stopped && answer.duplicate_of.empty() && !answer.body_skipped && !answer.body.empty() && is_html(answer);
  if (has_content) return is_led_there ? sign::look_there : sign::look;
  return is_led_there && !is_start_page(*to) ? sign::lost : sign::none;
}

}  // namespace trawl::engine
