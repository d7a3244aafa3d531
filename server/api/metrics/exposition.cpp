#include "server/api/metrics/exposition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace trawl::server::api {

void exposition::metric(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  fmt::format_to(std::back_inserter(text), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void exposition::begin_line(std::string_view suffix, std::initializer_list<label> labels, std::string_view le) {
  text.append(name_).append(suffix);
  char before = '{';
  const auto put = [&](std::string_view name, std::string_view value) {
    fmt::format_to(std::back_inserter(text), "{}{}=\"{}\"", before, name, value);
    before = ',';
  };
  for (const auto& [name, value] : labels) put(name, value);
  if (!le.empty()) put("le", le);
  if (before == ',') text += '}';
  text += ' ';
}

void exposition::value(double v, std::initializer_list<label> labels) {
  begin_line("", labels);
  fmt::format_to(std::back_inserter(text), "{}\n", v);
}

void exposition::value(std::uint64_t v, std::initializer_list<label> labels) {
  begin_line("", labels);
  fmt::format_to(std::back_inserter(text), "{}\n", v);
}

void exposition::value(const latency_histogram::numbers& n, std::initializer_list<label> labels) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < latency_histogram::buckets; ++i) {
    sum += n.in_bucket[i];
    begin_line("_bucket", labels, fmt::format("{}", std::chrono::duration<double>(latency_histogram::upper_bound(i)).count()));
    fmt::format_to(std::back_inserter(text), "{}\n", sum);
  }
  const std::uint64_t count = std::max(n.count, sum);  // what was being added when it was copied may be in one and not the other
  begin_line("_bucket", labels, "+Inf");
  fmt::format_to(std::back_inserter(text), "{}\n", count);
  begin_line("_sum", labels);
  fmt::format_to(std::back_inserter(text), "{}\n", std::chrono::duration<double>(n.sum).count());
  begin_line("_count", labels);
  fmt::format_to(std::back_inserter(text), "{}\n", count);
}

}  // namespace trawl::server::api
