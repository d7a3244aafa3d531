#include "server/crawl/crawl_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/document/text.hpp"
#include "crawler/model/error.hpp"
#include "crawler/url/url.hpp"
#include "server/crawl/progress_text.hpp"

namespace trawl::server {
namespace {

constexpr std::size_t most_seeds = 1'000, shown_seeds = 20, shown_hosts = 20;

double seconds(std::chrono::nanoseconds t) { return std::chrono::duration<double>(t).count(); }

std::string delay_words(std::chrono::nanoseconds delay) {
  if (delay.count() == 0) return "as fast as it answers";
  return fmt::format("a request each {} s", seconds(delay));
}

std::string time_words(std::chrono::nanoseconds time) { return time_text(std::chrono::ceil<std::chrono::seconds>(time)); }

}  // namespace

void crawl_plan::add_seed(seed of) {
  ++all_seeds_;
  if (of.verdict == "fetched") ++fetched_seeds_;
  if (seeds_.size() < most_seeds) seeds_.push_back(std::move(of));
}

void crawl_plan::add_record(std::string_view line) {
  const auto record = nlohmann::json::parse(line, nullptr, false);
  if (!record.is_object()) return;
  const std::string address = record.value("url", std::string());
  const auto target = url::parse(address);
  if (!target) return;
  const bool is_seed = record["parent"].is_null();
  const std::string code = record.contains("error") ? record["error"].value("code", std::string()) : "";
  const bool may_be_fetched = code == to_string(errc::cancelled);  // as the engine ends what it only looks at
  host& h = hosts_[target->host_port()];
  if (!may_be_fetched) ++h.forbidden;
  if (may_be_fetched) ++(is_seed ? h.seeds : h.from_sitemaps);
  if (is_seed) add_seed({address, may_be_fetched ? "fetched" : code, record.contains("robots") ? record["robots"].value("rule", std::string()) : ""});
}

void crawl_plan::add_rejected(const std::string& address, const std::string& parent, const std::string& rule) {
  if (parent.empty()) {
    add_seed({address, "filtered", rule});
  } else {
    ++filtered_entries_;
  }
}

nlohmann::ordered_json crawl_plan::json() const {
  using object = nlohmann::ordered_json;
  object seeds = object::array(), hosts = object::array();
  for (const seed& s : seeds_) seeds.push_back({{"url", s.url}, {"verdict", s.verdict}, {"rule", s.rule.empty() ? object() : object(s.rule)}});
  std::uint64_t urls = 0;
  std::chrono::nanoseconds longest{0};
  for (const auto& [name, h] : hosts_) {
    urls += h.seeds + h.from_sitemaps;
    longest = std::max(longest, h.time());
    hosts.push_back({{"host", name}, {"seeds", h.seeds}, {"from_sitemaps", h.from_sitemaps}, {"forbidden", h.forbidden}, {"delay_ms", seconds(h.delay) * 1000}, {"time_s", seconds(h.time())}});
  }
  return {{"seeds", seeds},     {"seeds_in_all", all_seeds_}, {"seeds_fetched", fetched_seeds_}, {"seeds_invalid", invalid_}, {"hosts", hosts}, {"urls", urls},
          {"filtered_from_sitemaps", filtered_entries_}, {"time_s", seconds(longest)}, {"warnings", warnings_}};
}

std::string crawl_plan::text() const {
  std::string out = fmt::format("seeds: {}, of which {} may be fetched\n", count_text(all_seeds_ + invalid_), count_text(fetched_seeds_));
  for (std::size_t i = 0; i < std::min(seeds_.size(), shown_seeds); ++i) {
    const seed& s = seeds_[i];
    out += fmt::format("  {:<20} {}{}\n", s.verdict, config::printable(s.url), s.rule.empty() ? "" : "  (" + config::printable(s.rule) + ")");
  }
  if (all_seeds_ > shown_seeds) out += fmt::format("  and {} more\n", count_text(all_seeds_ - shown_seeds));
  out += fmt::format("hosts: {}\n", count_text(hosts_.size()));
  std::size_t shown = 0;
  std::uint64_t urls = 0;
  std::chrono::nanoseconds longest{0};
  for (const auto& [name, h] : hosts_) {
    urls += h.seeds + h.from_sitemaps;
    longest = std::max(longest, h.time());
    if (shown++ >= shown_hosts) continue;
    out += fmt::format("  {}: {} seeds, {} URLs from sitemaps, {} forbidden; {}, {} in all\n", config::printable(name), count_text(h.seeds), count_text(h.from_sitemaps), count_text(h.forbidden),
                       delay_words(h.delay), time_words(h.time()));
  }
  if (shown > shown_hosts) out += fmt::format("  and {} more\n", count_text(shown - shown_hosts));
  if (filtered_entries_ > 0) out += fmt::format("kept out of what sitemaps name: {}\n", count_text(filtered_entries_));
  out += fmt::format("known so far: {} URLs, {} at this pace; links will add more\n", count_text(urls), longest.count() == 0 ? "no delay" : time_words(longest));
  for (const std::string& w : warnings_) out += "warning: " + config::printable(w) + '\n';
  return out;
}

}  // namespace trawl::server
