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
  hop.url = target.without_fragment();
  if (becomes_get(status, hop.method)) {
    hop.method = "GET";
    hop.idempotent = true;
    hop.body.clear();
    std::erase_if(hop.headers, [](const auto& h) {
      return equal_ignoring_case(h.first, "content-type") || equal_ignoring_case(h.first, "content-length") || equal_ignoring_case(h.first, "content-encoding");
    });
  }
  // CVE-2022-27776 and its kin: another scheme, host or port is another party. What only describes the body stays with it.
  if (here.origin() != target.origin()) std::erase_if(hop.headers, [&](const auto& h) { return hop.body.empty() || !equal_ignoring_case(h.first, "content-type"); });
  return hop;
}

error refusal(hop_verdict verdict, const std::string& target) {
  switch (verdict) {
    case hop_verdict::out_of_scope: return {errc::http_redirect_out_of_scope, "redirects to " + target};
    case hop_verdict::robots_disallowed: return {errc::robots_disallowed, "robots.txt forbids the redirect's target " + target};
    case hop_verdict::robots_unreachable: return {errc::robots_unreachable, "robots.txt of the redirect's target " + target + " can't be read"};
    case hop_verdict::follow:
    case hop_verdict::later:
    case hop_verdict::taken: break;
  }
  return {errc::internal, "redirect refused without a reason"};
}

/// The chain came back to itself. A cookie set on the way may make one return useful, so a loop is two visits of the same URL.
bool is_loop(const std::vector<redirect_hop>& hops, const std::string& current, const std::string& target) {
  int times = current == target ? 1 : 0;
  for (const redirect_hop& hop : hops) times += hop.url == target ? 1 : 0;
  return times >= 2;
}

/// One URL's walk along its redirects, from where the last lease left it.
class walk {
 public:
  walk(const fetch_fn& next, std::uint32_t limit, const hop_policy& policy, request asked) : next_(next), limit_(limit), policy_(policy), asked_(std::move(asked)) {
    current_ = asked_;
    if (const auto& chain = asked_.so_far.chain) {
      current_ = chain->next;
      current_.lease = asked_.lease, current_.charged = asked_.charged, current_.so_far = asked_.so_far;
      hops_ = chain->hops;
      place_ = {hop_verdict::follow, chain->host, chain->shard};
    }
  }

  asio::awaitable<result<outcome>> run() {
    for (;;) {
      auto got = co_await next_(current_);
      const auto* came = got ? std::get_if<response>(&*got) : nullptr;
      if (came == nullptr || came->source != content_source::cache) ++current_.so_far.attempts;
      if (!got) co_return failed(std::move(got.error()));
      if (auto* off = std::get_if<deferral>(&*got)) {
        off->state.chain = chain();
        co_return got;
      }
      response answer = std::move(std::get<response>(*got));
      answer.attempts = current_.so_far.attempts;
      const auto here = url::parse(current_.url);
      const auto location = is_redirect(answer.status) ? answer.header("location") : std::nullopt;
      const auto target = here && location ? url::parse(*location, &*here) : std::nullopt;
      if (!target || !target->is_http()) co_return at_end(std::move(answer));  // final, or nowhere to go
      const bool goes_on = co_await step(answer, *here, *target);
      if (!goes_on) co_return std::move(answer);
      if (place_.is == hop_verdict::later) co_return put_off();
    }
  }

 private:
  response at_end(response answer) const {
    answer.redirects = hops_;
    answer.final_url = current_.url;
    return answer;
  }

  /// Takes the hop, or fills `answer` as the end of the chain and says false.
  asio::awaitable<bool> step(response& answer, const url::url& here, const url::url& target) {
    const std::size_t so_far = hops_.size();
    const std::string address = target.without_fragment();
    const bool loops = is_loop(hops_, current_.url, address);
    hops_.push_back({current_.url, answer.status});
    answer.redirects = hops_;
    answer.final_url = address;
    if (so_far >= limit_ || loops) {
      answer.stopped = error{errc::http_too_many_redirects, "after " + std::to_string(so_far + 1) + " redirects"};
      co_return false;
    }
    request next = hop_request(current_, here, target, answer.status);
    place_ = co_await policy_(hop{asked_, here, target, next});
    if (place_.is == hop_verdict::taken) {
      answer.duplicate_of = place_.taken_by;
      co_return false;
    }
    if (place_.is != hop_verdict::follow && place_.is != hop_verdict::later) {
      answer.stopped = refusal(place_.is, address);
      co_return false;
    }
    current_ = std::move(next);
    current_.charged.reset();
    if (place_.is == hop_verdict::follow) current_.charged = place_.charged_at;
    co_return true;
  }

  std::shared_ptr<const hop_chain> chain() const {
    if (hops_.empty()) return nullptr;
    request next = current_;
    next.so_far = {};
    return std::make_shared<const hop_chain>(hop_chain{std::move(next), hops_, place_.host, place_.shard});
  }

  outcome put_off() const {
    deferral off{{}, current_.so_far, defer_reason::hop};
    off.state.retries = off.state.holds = 0;  // the next hop is another request
    off.state.chain = chain();
    return off;
  }

  /// A failure behind a redirect: the redirect is the last response there was.
  result<outcome> failed(error why) const {
    if (hops_.empty() || why.code == errc::cancelled) return std::unexpected(std::move(why));
    response last;
    last.status = hops_.back().status;
    last.redirects = hops_;
    last.final_url = current_.url;
    last.attempts = current_.so_far.attempts;
    last.stopped = std::move(why);
    return last;
  }

  const fetch_fn& next_;
  const std::uint32_t limit_;
  const hop_policy& policy_;
  const request asked_;
  request current_;
  std::vector<redirect_hop> hops_;
  hop_answer place_;
};

class redirect_follower final {
 public:
  redirect_follower(fetch_fn next, std::uint32_t limit, hop_policy policy) : next_(std::move(next)), limit_(limit), policy_(std::move(policy)) {}

  asio::awaitable<result<outcome>> operator()(request asked) const {
    walk way(next_, limit_, policy_, std::move(asked));
    co_return co_await way.run();
  }

 private:
  fetch_fn next_;
  std::uint32_t limit_;
  hop_policy policy_;
};

}  // namespace

fetch_fn with_redirects(fetch_fn next, std::uint32_t max_redirects, hop_policy policy) {
  return redirect_follower(std::move(next), max_redirects, std::move(policy));
}

}  // namespace trawl::fetch
