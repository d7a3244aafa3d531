#include "crawler/engine/login/log_in.hpp"

#include <string>
#include <utility>

#include "crawler/async/run_on.hpp"

namespace trawl::engine {

namespace asio = boost::asio;

namespace {

/// `what` begins the sentence about a request that brings no answer.
asio::awaitable<result<response>> ask(const fetch::fetch_fn& fetch, request asked, std::string what) {
  auto got = co_await fetch(std::move(asked));
  if (!got && got.error().code == errc::cancelled) co_return std::unexpected(std::move(got.error()));
  if (!got) {
    const error& why = got.error();
    co_return fail(errc::login_failed, what + ": " + std::string(to_string(why.code)) + (why.detail.empty() ? "" : ", " + why.detail));
  }
  if (auto* answer = std::get_if<response>(&*got)) co_return std::move(*answer);
  co_return fail(errc::login_failed, what + ": put off");
}

request get(std::string address) {
  request out;
  out.url = std::move(address);
  return out;
}

}  // namespace

asio::awaitable<result<url::url>> log_in(const fetch::fetch_fn& fetch, const login_plan& plan, asio::any_io_executor cpu) {
  const std::string address = plan.page().without_fragment();
  const auto page = co_await ask(fetch, get(address), "the login page " + address + " can't be read");
  if (!page) co_return std::unexpected(page.error());
  auto fill = [&plan, &page] { return plan.fill_in(*page); };
  auto filled = co_await async::run_on(cpu, fill);
  if (!filled) co_return std::unexpected(std::move(filled.error()));
  url::url form_at = url::parse(page->final_url).value_or(plan.page());
  if (!*filled) co_return form_at;

  const auto answer = co_await ask(fetch, std::move(**filled), "the answer to the login form can't be read");
  if (!answer) co_return std::unexpected(answer.error());
  auto judge = [&plan, &answer] { return plan.judge(*answer); };
  auto refused = co_await async::run_on(cpu, judge);
  if (!refused) co_return form_at;
  auto find = [&plan, &answer] { return plan.look_elsewhere(*answer); };
  auto elsewhere = co_await async::run_on(cpu, find);
  if (!elsewhere) co_return std::unexpected(std::move(*refused));
  const auto proof = co_await ask(fetch, get(std::move(*elsewhere)), "the page behind the login form can't be read");
  if (!proof) co_return std::unexpected(proof.error());
  auto judge_proof = [&plan, &proof] { return plan.judge(*proof); };
  refused = co_await async::run_on(cpu, judge_proof);
  if (refused) co_return std::unexpected(std::move(*refused));
  co_return form_at;
}

}  // namespace trawl::engine
