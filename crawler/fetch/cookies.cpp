#include <chrono>

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

class cookie_keeper final {
 public:
  cookie_keeper(fetch_fn next, policy::cookie_jar& jar) : next_(std::move(next)), jar_(jar) {}

  asio::awaitable<result<outcome>> operator()(request asked) const {
    const auto where = url::parse(asked.url);
    if (!where) co_return fail(errc::url_invalid, "not a URL");
    std::string line = jar_.header_for(*where, std::chrono::system_clock::now());
    asked.from_jar = line;
    if (!line.empty()) add_cookies(asked.headers, std::move(line));
    auto got = co_await next_(std::move(asked));
    if (const auto* answer = got ? std::get_if<response>(&*got) : nullptr)
      for (const auto& [name, value] : answer->headers)
        if (equal_ignoring_case(name, "set-cookie")) jar_.store(*where, value, std::chrono::system_clock::now());
    co_return got;
  }

 private:
  fetch_fn next_;
  policy::cookie_jar& jar_;
};

}  // namespace

fetch_fn with_cookies(fetch_fn next, policy::cookie_jar& jar) { return cookie_keeper(std::move(next), jar); }

}  // namespace trawl::fetch
