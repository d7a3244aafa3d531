#include "crawler/engine/stats/stats.hpp"

#include <algorithm>

#include "crawler/model/json_text.hpp"

namespace trawl::engine {

namespace {

constexpr std::size_t most_samples = 3;

void put(json_object& to, std::string_view key, std::uint64_t value) { to.number(key, static_cast<std::int64_t>(value)); }

void append_fields(std::string& out, const std::map<std::string, field_tally>& fields) {
  json_object f(out);
  for (const auto& [name, tally] : fields) {
    f.key(name);
    json_object t(out);
    put(t, "asked", tally.asked);
    put(t, "filled", tally.filled);
    t.close();
  }
  f.close();
}

void append_filtered(std::string& out, const std::map<std::string, filtered_tally>& filtered) {
  json_object f(out);
  for (const auto& [rule, tally] : filtered) {
    f.key(rule);
    json_object t(out);
    put(t, "count", tally.count);
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
}

}  // namespace

std::string_view to_string(pace p) noexcept {
  switch (p) {
    case pace::servers: return "servers";
    case pace::discovery: return "discovery";
    case pace::robots: return "robots.txt";
    case pace::per_host: return "per_host";
    case pace::delay: return "delay";
    case pace::concurrency: return "concurrency";
    case pace::memory: return "memory";
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

superseded_tally& superseded_tally::operator+=(const superseded_tally& more) {
  recorded += more.recorded;
  pages_2xx += more.pages_2xx;
  items += more.items;
  for (const auto& [name, tally] : more.fields) {
    fields[name].asked += tally.asked;
    fields[name].filled += tally.filled;
  }
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
  superseded += more.superseded;
  pace = std::max(pace, more.pace);
  hosts += more.hosts;
  return *this;
}

void append_members(json_object& o, std::string& out, const progress& p) {
  o.decimal("elapsed_s", std::chrono::duration<double>(p.elapsed).count());
  o.key("counts");
  json_object c(out);
  put(c, "discovered", p.books.discovered);
  put(c, "recorded", p.books.recorded);
  put(c, "queued", p.books.queued);
  put(c, "in_flight", p.books.in_flight);
  put(c, "duplicates", p.books.duplicates);
  put(c, "pages", p.books.pages);
  c.close();
  put(o, "requests", p.requests);
  put(o, "wire_bytes", p.wire_bytes);
  put(o, "bytes", p.bytes);
  put(o, "invalid_seeds", p.invalid);
  put(o, "pages_2xx", p.pages_2xx);
  put(o, "items", p.items);
  o.key("fields");
  append_fields(out, p.fields);
  o.key("statuses");
  json_object s(out);
  for (const auto& [status, count] : p.statuses) put(s, std::to_string(status), count);
  s.close();
  o.key("errors");
  json_object e(out);
  for (const auto& [code, count] : p.errors) put(e, code, count);
  e.close();
  o.key("filtered");
  append_filtered(out, p.filtered);
}

std::string to_json(const progress& p, std::string_view job, std::string_view ended) {
  std::string out;
  json_object o(out);
  o.text("job", job);
  o.text("ended", ended);
  append_members(o, out, p);
  o.close();
  return out;
}

}  // namespace trawl::engine
