#include <optional>
#include <utility>

#include "crawler/fetch/decorators.hpp"

namespace trawl::fetch {
namespace {

bool is_redirect(int status) noexcept { return status == 301 || status == 302 || status == 303 || status == 307 || status == 308; }

/// RFC 9110, 15.4: 303 turns all but HEAD into GET; 301 and 302 turn POST into GET, as every browser does; 307 and 308 keep all.
bool becomes_get(int status, const std::string& method) noexcept {
  if (status == 303) return method != "HEAD" && method != "GET";
  return (status == 301 || status == 302) && method == "POST";
}

/// The request for the next hop: credentials and body go no further than they may.
request hop_request(const request& before, const url::url& here, const url::url& target, int status) {
  request hop = before;
  hop.url = std::string(target.without_fragment());
  hop.charged = false;
  if (becomes_get(status, hop.method)) {
    hop.method = "GET";
    hop.body.clear();
    std::erase_if(hop.headers, [](const auto& h) {
      return equal_ignoring_case(h.first, "content-type") || equal_ignoring_case(h.first, "content-length") || equal_ignoring_case(h.first, "content-encoding");
    });
  }
  // CVE-2022-27776 and its kin: another scheme, host or port is another party.
  if (here.origin() != target.origin()) hop.headers.clear();
  return hop;
}

error refusal(hop_verdict verdict, const std::string& target) {
  switch (verdict) {
    case hop_verdict::out_of_scope: return {errc::http_redirect_out_of_scope, "redirects to " + target};
    case hop_verdict::robots_disallowed: return {errc::robots_disallowed, "robots.txt forbids the redirect's target " + target};
    case hop_verdict::robots_unreachable: return {errc::robots_unreachable, "robots.txt of the redirect's target " + target + " can't be read"};
    case hop_verdict::follow:
    case hop_verdict::taken: break;
  }
  return {errc::internal, "redirect refused without a reason"};
}

class redirect_follower final {
 public:
  redirect_follower(fetch_fn next, std::uint32_t limit, hop_policy policy) : next_(std::move(next)), limit_(limit), policy_(std::move(policy)) {}

  asio::awaitable<result<response>> operator()(request asked) const {
    request current = asked;
    std::vector<redirect_hop> hops;
    for (;;) {
      auto answer = co_await next_(current);
      if (!answer) co_return answer;
      answer->redirects = hops;
      answer->final_url = current.url;
      const auto location = is_redirect(answer->status) ? answer->header("location") : std::nullopt;
      if (!location) co_return answer;

      const auto here = url::parse(current.url);
      const auto target = here ? url::parse(*location, &*here) : std::nullopt;
      if (!target || !target->is_http()) co_return answer;  // nowhere to go: the redirect itself is the answer
      answer->redirects.push_back({current.url, answer->status});
      answer->final_url = std::string(target->without_fragment());
      if (hops.size() >= limit_ || visited(hops, current.url, answer->final_url)) {
        answer->stopped = error{errc::http_too_many_redirects, "after " + std::to_string(hops.size() + 1) + " redirects"};
        co_return answer;
      }
      const hop_verdict verdict = co_await policy_(asked, *target);
      if (verdict == hop_verdict::taken) {
        answer->duplicate_of = answer->final_url;
        co_return answer;
      }
      if (verdict != hop_verdict::follow) {
        answer->stopped = refusal(verdict, answer->final_url);
        co_return answer;
      }
      hops = std::move(answer->redirects);
      current = hop_request(current, *here, *target, answer->status);
    }
  }

 private:
  /// The chain came back to itself. A cookie set on the way may make one return useful, so a loop is two visits of the same URL.
  static bool visited(const std::vector<redirect_hop>& hops, const std::string& current, const std::string& target) {
    int times = current == target ? 1 : 0;
    for (const redirect_hop& hop : hops) times += hop.url == target ? 1 : 0;
    return times >= 2;
  }

  fetch_fn next_;
  std::uint32_t limit_;
  hop_policy policy_;
};

}  // namespace

fetch_fn with_redirects(fetch_fn next, std::uint32_t max_redirects, hop_policy policy) {
  return redirect_follower(std::move(next), max_redirects, std::move(policy));
}

}  // namespace trawl::fetch
