#include "crawler/engine/stats.hpp"

#include <algorithm>

#include "crawler/model/json_text.hpp"

namespace trawl::engine {

namespace {
constexpr std::size_t most_samples = 3;
}

std::string_view to_string(pace p) noexcept {
  switch (p) {
    case pace::servers: return "servers";
    case pace::discovery: return "discovery";
    case pace::robots: return "robots.txt";
    case pace::per_host: return "per_host";
    case pace::delay: return "delay";
    case pace::concurrency: return "concurrency";
    case pace::output: return "output";
    case pace::paused: return "paused";
  }
  return "";
}

void filtered_tally::note(const std::string& url) {
  ++count;
  if (samples.size() < most_samples && std::ranges::find(samples, url) == samples.end()) samples.push_back(url);
}

filtered_tally& filtered_tally::operator+=(const filtered_tally& more) {
  count += more.count;
  for (const std::string& url : more.samples)
    if (samples.size() < most_samples && std::ranges::find(samples, url) == samples.end()) samples.push_back(url);
  return *this;
}

progress& progress::operator+=(const progress& more) {
  books += more.books;
  for (const auto& [status, count] : more.statuses) statuses[status] += count;
  for (const auto& [code, count] : more.errors) errors[code] += count;
  for (const auto& [rule, tally] : more.filtered) filtered[rule] += tally;
  requests += more.requests;
  invalid += more.invalid;
  wire_bytes += more.wire_bytes;
  bytes += more.bytes;
  pages_2xx += more.pages_2xx;
  items += more.items;
  for (const auto& [name, tally] : more.fields) {
    fields[name].asked += tally.asked;
    fields[name].filled += tally.filled;
  }
  pace = std::max(pace, more.pace);
  hosts += more.hosts;
  return *this;
}

std::string to_json(const progress& p, std::string_view job, std::string_view ended) {
  std::string out;
  json_object o(out);
  const auto number = [](json_object& to, std::string_view key, std::uint64_t value) { to.number(key, static_cast<std::int64_t>(value)); };
  o.text("job", job);
  o.text("ended", ended);
  o.decimal("elapsed_s", std::chrono::duration<double>(p.elapsed).count());
  o.key("counts");
  {
    json_object c(out);
    number(c, "discovered", p.books.discovered);
    number(c, "recorded", p.books.recorded);
    number(c, "queued", p.books.queued);
    number(c, "in_flight", p.books.in_flight);
    number(c, "duplicates", p.books.duplicates);
    number(c, "pages", p.books.pages);
    c.close();
  }
  number(o, "requests", p.requests);
  number(o, "wire_bytes", p.wire_bytes);
  number(o, "bytes", p.bytes);
  number(o, "invalid_seeds", p.invalid);
  number(o, "pages_2xx", p.pages_2xx);
  number(o, "items", p.items);
  o.key("fields");
  {
    json_object f(out);
    for (const auto& [name, tally] : p.fields) {
      f.key(name);
      json_object t(out);
      number(t, "asked", tally.asked);
      number(t, "filled", tally.filled);
      t.close();
    }
    f.close();
  }
  o.key("statuses");
  {
    json_object s(out);
    for (const auto& [status, count] : p.statuses) number(s, std::to_string(status), count);
    s.close();
  }
  o.key("errors");
  {
    json_object e(out);
    for (const auto& [code, count] : p.errors) number(e, code, count);
    e.close();
  }
  o.key("filtered");
  json_object f(out);
  for (const auto& [rule, tally] : p.filtered) {
    f.key(rule);
    json_object t(out);
    number(t, "count", tally.count);
    t.key("samples");
    out += '[';
    for (const std::string& url : tally.samples) {
      if (&url != &tally.samples.front()) out += ',';
      append_json_string(out, url);
    }
    out += ']';
    t.close();
  }
  f.close();
  o.close();
  return out;
}

}  // namespace trawl::engine
