#include "server/client/api_client.hpp"

#include "crawler/url/url.hpp"

namespace trawl::server::client {
namespace {

namespace asio = boost::asio;
using nlohmann::json;

constexpr std::size_t largest_answer = 64u << 20;
constexpr std::string_view jobs_target = "/api/v1/jobs";

asio::awaitable<outcome<std::string>> whole_body(exchange& from) {
  std::string out;
  for (;;) {
    auto block = co_await from.next_block();
    if (!block) co_return std::unexpected(std::move(block.error()));
    if (!*block) co_return out;
    if (out.size() + (*block)->size() > largest_answer) co_return std::unexpected(failure{failure::kind::malformed, "the answer is longer than 64 MiB"});
    out += **block;
  }
}

}  // namespace

std::string job_target(const std::string& id, std::string_view rest) {
  std::string escaped = url::form_encode(id);
  for (std::size_t at = 0; (at = escaped.find('+', at)) != std::string::npos; at += 3) escaped.replace(at, 1, "%20");  // in a path + is a plus
  return std::string(jobs_target) + "/" + escaped + std::string(rest);
}

asio::awaitable<outcome<exchange>> api_client::open(call what) const {
  exchange one(on_, to_, limits_);
  auto asked = co_await one.ask(what);
  if (!asked) co_return std::unexpected(std::move(asked.error()));
  if (one.status() < 300) co_return one;
  auto body = co_await whole_body(one);
  co_return std::unexpected(from_answer(one.status(), body.value_or("")));
}

asio::awaitable<outcome<json>> api_client::object(call what) const {
  auto opened = co_await open(std::move(what));
  if (!opened) co_return std::unexpected(std::move(opened.error()));
  auto body = co_await whole_body(*opened);
  if (!body) co_return std::unexpected(std::move(body.error()));
  json out = json::parse(*body, nullptr, false);
  if (!out.is_object()) co_return std::unexpected(failure{failure::kind::malformed, to_.url() + ": answers what is none of trawl's; is TRAWL_URL the service's address?"});
  co_return out;
}

asio::awaitable<outcome<json>> api_client::submit(const submission_call& what) const {
  call c{"POST", std::string(jobs_target) + (what.only_checks ? "?check=true" : ""), what.job, {{"Content-Type", "application/json"}}};
  if (!what.idempotency_key.empty()) c.fields.emplace_back("Idempotency-Key", what.idempotency_key);
  return object(std::move(c));
}

asio::awaitable<outcome<json>> api_client::status(const std::string& id) const { return object({"GET", job_target(id), ""}); }
asio::awaitable<outcome<json>> api_client::document(const std::string& id) const { return object({"GET", job_target(id, "/job"), ""}); }
asio::awaitable<outcome<json>> api_client::tell(const std::string& id, const std::string& verb) const { return object({"POST", job_target(id, "/" + verb), ""}); }

asio::awaitable<outcome<json>> api_client::jobs(const job_filter& which, std::size_t limit, const std::string& cursor) const {
  std::string target = std::string(jobs_target) + "?limit=" + std::to_string(limit);
  const auto add = [&target](const char* name, const std::string& value) {
    if (!value.empty()) target += std::string("&") + name + "=" + url::form_encode(value);
  };
  add("state", which.state);
  add("name", which.name);
  add("cursor", cursor);
  return object({"GET", std::move(target), ""});
}

}  // namespace trawl::server::client
