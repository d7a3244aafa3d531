#include "crawler/engine/stats/tallies.hpp"

#include <charconv>
#include <string_view>

namespace trawl::engine {
namespace {

constexpr std::string_view status = "status/", failure = "error/", filtered = "filtered/", field = "field/", items = "items";
constexpr std::string_view asked = "/asked", filled = "/filled";

bool is_2xx(int code) { return code >= 200 && code <= 299; }

void add_field(progress& to, std::string_view name, std::uint64_t count) {
  if (name.ends_with(asked)) to.fields[std::string(name.substr(0, name.size() - asked.size()))].asked += count;
  if (name.ends_with(filled)) to.fields[std::string(name.substr(0, name.size() - filled.size()))].filled += count;
}

void add_status(progress& to, std::string_view digits, std::uint64_t count) {
  int code = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), code);
  to.statuses[code] += count;
  if (is_2xx(code)) to.pages_2xx += count;
}

}  // namespace

std::vector<std::pair<std::string, std::uint64_t>> to_tallies(const record& out, const page_result& page) {
  std::vector<std::pair<std::string, std::uint64_t>> all;
  if (out.status) all.emplace_back(std::string(status) + std::to_string(*out.status), 1);
  if (out.failure) all.emplace_back(std::string(failure) + std::string(to_string(out.failure->code)), 1);
  if (page.items > 0) all.emplace_back(items, page.items);
  for (const auto& fill : page.fills) {
    all.emplace_back(std::string(field) + fill.name + std::string(asked), fill.asked);
    if (fill.filled > 0) all.emplace_back(std::string(field) + fill.name + std::string(filled), fill.filled);
  }
  return all;
}

void add_record(progress& to, const record& out, const page_result& page) {
  if (out.status) ++to.statuses[*out.status];
  if (out.status && is_2xx(*out.status)) ++to.pages_2xx;
  if (out.failure) ++to.errors[std::string(to_string(out.failure->code))];
  to.items += page.items;
  for (const auto& fill : page.fills) {
    field_tally& tally = to.fields[fill.name];
    tally.asked += fill.asked;
    tally.filled += fill.filled;
  }
}

void add_tallies(progress& to, const std::map<std::string, std::uint64_t>& tallies) {
  for (const auto& [name, count] : tallies) {
    const std::string_view rest(name);
    if (rest.starts_with(status)) add_status(to, rest.substr(status.size()), count);
    if (rest.starts_with(failure)) to.errors[std::string(rest.substr(failure.size()))] += count;
    if (rest.starts_with(filtered)) to.filtered[std::string(rest.substr(filtered.size()))].count += count;
    if (rest.starts_with(field)) add_field(to, rest.substr(field.size()), count);
    if (rest == items) to.items += count;
  }
}

}  // namespace trawl::engine
