#include "crawler/fetch/decorators.hpp"
#include "crawler/policy/credentials.hpp"

namespace trawl::fetch {
namespace {

class credential_giver final {
 public:
  credential_giver(fetch_fn next, const std::vector<config::auth_entry>& entries) : next_(std::move(next)), credentials_(entries) {}

  asio::awaitable<result<outcome>> operator()(request asked) const {
    if (const auto target = url::parse(asked.url)) credentials_.add_to(asked.headers, *target);
    return next_(std::move(asked));
  }

 private:
  fetch_fn next_;
  policy::credentials credentials_;
};

}  // namespace

fetch_fn with_auth(fetch_fn next, const std::vector<config::auth_entry>& entries) { return credential_giver(std::move(next), entries); }

}  // namespace trawl::fetch
