#include <algorithm>
#include <chrono>
#include <utility>

#include "crawler/fetch/decorators.hpp"

namespace trawl::fetch {
namespace {

/// A request has one Cookie field at most (RFC 6265bis, 5.8.1).
void add_cookies(header_list& headers, std::string line) {
  for (auto& [name, value] : headers)
    if (equal_ignoring_case(name, "cookie")) {
      value += "; " + line;
      return;
    }
  headers.emplace_back("Cookie", std::move(line));
}

bool is_set_cookie(const std::pair<std::string, std::string>& header) { return equal_ignoring_case(header.first, "set-cookie"); }

class cookie_keeper final {
 public:
  cookie_keeper(fetch_fn next, policy::cookie_jar& jar, login_watch watch) : next_(std::move(next)), jar_(jar), watch_(std::move(watch)) {}

  asio::awaitable<result<outcome>> operator()(request asked) const {
    const auto where = url::parse(asked.url);
    if (!where) co_return fail(errc::url_invalid, "not a URL");
    const std::uint32_t login = watch_.number ? watch_.number() : 0;  // before the cookies: they are of this login, or of a later one
    std::string line = jar_.header_for(*where, std::chrono::system_clock::now());
    asked.from_jar = line;
    if (!line.empty()) add_cookies(asked.headers, std::move(line));
    auto got = co_await next_(std::move(asked));
    if (const auto* answer = got ? std::get_if<response>(&*got) : nullptr; answer != nullptr && std::ranges::any_of(answer->headers, is_set_cookie)) keep(*where, answer->headers, login);
    co_return got;
  }

 private:
  void keep(const url::url& from, const header_list& headers, std::uint32_t login) const {
    const auto store = [&] {
      for (const auto& header : headers)
        if (is_set_cookie(header)) jar_.store(from, header.second, std::chrono::system_clock::now());
    };
    if (!watch_.keep) return store();
    watch_.keep(from, login, store);
  }

  fetch_fn next_;
  policy::cookie_jar& jar_;
  login_watch watch_;
};

}  // namespace

fetch_fn with_cookies(fetch_fn next, policy::cookie_jar& jar, login_watch watch) { return cookie_keeper(std::move(next), jar, std::move(watch)); }

}  // namespace trawl::fetch
