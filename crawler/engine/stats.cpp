#include "crawler/engine/stats.hpp"

#include "crawler/model/json_text.hpp"

namespace trawl::engine {

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
