// What a worker asks for beside pages: robots.txt, its own and for others, and sitemaps. A part of worker.hpp.
#include <utility>

#include "crawler/engine/worker.hpp"
#include "crawler/url/fingerprint.hpp"

namespace trawl::engine {

side_fetch worker::asking(const fetch::fetch_fn& fetch) {
  return {.fetch = fetch,
          .time = context_.time,
          .slots = {context_.books, frontier_->shard()},
          .gate =
              [this](const std::string& host) -> frontier::host_gate& {
                frontier::host_gate& gate = shard_.gates().gate(host);
                open_gate(gate, host);
                return gate;
              },
          .on_permit = [this](const std::string& host) { frontier_->release_host(host); }};
}

/// Whoever owns the host has its gate, and so asks.
asio::awaitable<result<response>> worker::ask_owner(std::string address) {
  request asked;
  asked.url = std::move(address);
  return ask_owner_for(aside::robots, std::move(asked));
}

asio::awaitable<result<response>> worker::ask_owner_for(aside what, request asked) {
  const auto target = url::parse(asked.url);
  if (!target || !target->is_http()) co_return fail(errc::url_invalid, "not an http URL");
  const std::uint32_t owner = owners_.of(*target, target->host_port());
  if (owner != frontier_->shard()) co_return co_await context_.ask_at(owner, frontier_->shard(), what, std::move(asked));
  request_permit slot;
  co_return co_await asking_for(what)(std::move(asked), slot);
}

void worker::ask_for(aside what, request asked, std::move_only_function<void(result<response>)> answer) {
  if (asides_.closing()) return answer(fail(errc::cancelled));
  asides_.spawn(ask_and_tell(what, std::move(asked), std::move(answer)));
}

worker::task worker::ask_and_tell(aside what, request asked, std::move_only_function<void(result<response>)> answer) {
  struct telling {  // somebody waits for it, whatever happens here
    std::move_only_function<void(result<response>)>& answer;
    result<response> got = fail(errc::cancelled);
    ~telling() { answer(std::move(got)); }
  };
  telling tell{answer};
  request_permit slot;
  tell.got = co_await asking_for(what)(std::move(asked), slot);
}

sitemap_surroundings worker::around_sitemaps() {
  return {.books = context_.books,
          .time = context_.time,
          .tasks = asides_,
          .cpu = context_.cpu,
          .fetch = asking(fetch_.sitemap()),
          .max_redirects = job_.fetch.max_redirects,
          .robots = [this](const url::url& target) { return robots_.check(target); },
          .add = [this](std::vector<request> entries) { return add_entries(std::move(entries)); },
          .pass_on = [this](found_sitemap found) { pass_on(std::move(found)); },
          .on_broken = [this](std::uint64_t broken) { now_.invalid += broken; }};
}

/// Those of the job itself. Whoever writes one means its host, as with a seed: it joins the scope.
void worker::name_sitemaps() {
  for (const std::string& text : job_.sitemaps) {
    const auto target = text == sitemaps_of_robots ? std::nullopt : url::parse(text);
    if (!target || !target->is_http()) continue;
    scope_.join(*target);
    if (context_.options.operator_trusted) context_.seed_hosts.add(*target->host, target->effective_port());
    pass_on({.url = target->without_fragment()});
  }
}

/// Those that the robots.txt of a URL's origin names, once.
void worker::name_sitemaps_of(const url::url& target) {
  std::string origin = target.origin();
  const policy::robots* rules = named_.contains(origin) ? nullptr : robots_.rules(target);
  if (rules == nullptr) return;
  named_.insert(std::move(origin));
  const auto robots_txt = url::parse("/robots.txt", &target);  // what a relative one is relative to
  for (const std::string& text : rules->sitemaps()) {
    const auto named = url::parse(text, &*robots_txt);
    if (named && named->is_http()) pass_on({.url = named->without_fragment()});
  }
}

/// The job is open for it on its way. Without credentials, whoever names it: they are not ours to send, keep or show.
void worker::pass_on(found_sitemap found) {
  auto target = url::parse(found.url);
  if (!target) return;
  target->username.clear(), target->password.clear();
  found.url = target->without_fragment();
  if (found.seed.empty()) found.seed = found.url;
  context_.books.open();
  context_.on_sitemap(owners_.of(*target, target->host_port()), std::move(found));
}

worker::task worker::add_entries(std::vector<request> entries) {
  std::vector<frontier::candidate> found;
  for (request& r : entries) {
    if (job_.scope.strip_query.empty() && frontier_->is_known(url::fingerprint(context_.key, r.url))) continue;
    if (const auto ruled = plan_.priority(r.url); ruled != 0) r.priority = ruled;  // what the job says counts more than what the site says
    if (auto c = to_candidate(std::move(r), false)) found.push_back(std::move(*c));
  }
  co_await frontier_->add(found, std::nullopt);
}

}  // namespace trawl::engine
