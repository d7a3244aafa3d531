#include "crawler/fetch/decorators.hpp"

namespace trawl::fetch {
namespace {

bool has(const header_list& headers, std::string_view name) {
  for (const auto& h : headers)
    if (equal_ignoring_case(h.first, name)) return true;
  return false;
}

/// RFC 9110, 12.5.3: what the job wants, all of which net/coding can undo; "identity" where that is nothing.
std::string codings(const std::vector<std::string>& wanted) {
  std::string out;
  for (const std::string& name : wanted) out += (out.empty() ? "" : ", ") + name;
  return out.empty() ? "identity" : out;
}

class identity_giver final {
 public:
  identity_giver(fetch_fn next, std::string user_agent, const config::fetch& settings) : next_(std::move(next)) {
    for (const auto& [name, value] : settings.headers) headers_.emplace_back(name, value);
    add("User-Agent", std::move(user_agent));
    add("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    add("Accept-Encoding", codings(settings.compression));
  }

  asio::awaitable<result<outcome>> operator()(request asked) const {
    for (const auto& [name, value] : headers_)
      if (!has(asked.headers, name)) asked.headers.emplace_back(name, value);
    return next_(std::move(asked));
  }

 private:
  /// What the job sets by fetch.headers wins over our own.
  void add(std::string_view name, std::string value) {
    if (!has(headers_, name)) headers_.emplace_back(name, std::move(value));
  }

  fetch_fn next_;
  header_list headers_;
};

}  // namespace

fetch_fn with_identity(fetch_fn next, std::string user_agent, const config::fetch& settings) {
  return identity_giver(std::move(next), std::move(user_agent), settings);
}

}  // namespace trawl::fetch
