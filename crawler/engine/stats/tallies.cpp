#include "crawler/engine/stats/tallies.hpp"

#include <charconv>
#include <string_view>

#include "crawler/frontier/log/bytes.hpp"

namespace trawl::engine {
namespace {

constexpr std::string_view status = "status/", failure = "error/", filtered = "filtered/", field = "field/", items = "items";
constexpr std::string_view asked = "/asked", filled = "/filled";
constexpr std::string_view past = "past/", records = "records", ok = "ok";

bool is_2xx(int code) { return code >= 200 && code <= 299; }

void add_field(std::map<std::string, field_tally>& to, std::string_view name, std::uint64_t count) {
  if (name.ends_with(asked)) to[std::string(name.substr(0, name.size() - asked.size()))].asked += count;
  if (name.ends_with(filled)) to[std::string(name.substr(0, name.size() - filled.size()))].filled += count;
}

void add_past(superseded_tally& to, std::string_view name, std::uint64_t count) {
  if (name == records) to.recorded += count;
  if (name == ok) to.pages_2xx += count;
  if (name == items) to.items += count;
  if (name.starts_with(field)) add_field(to.fields, name.substr(field.size()), count);
}

bool is_ok(const record& out) { return out.status && is_2xx(*out.status); }

/// The page's own word for it: nothing has been read.
bool confirms_the_last(const record& out) { return out.outcome == "unchanged" && out.status == 304; }

void append_fills(std::vector<std::pair<std::string, std::uint64_t>>& to, const page_result& page) {
  for (const auto& fill : page.fills) {
    to.emplace_back(std::string(field) + fill.name + std::string(asked), fill.asked);
    if (fill.filled > 0) to.emplace_back(std::string(field) + fill.name + std::string(filled), fill.filled);
  }
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
  append_fills(all, page);
  return all;
}

std::string what_it_gave(const record& out, const page_result& page, std::string_view before) {
  if (confirms_the_last(out)) return std::string(before);
  std::vector<std::pair<std::string, std::uint64_t>> all;
  if (is_ok(out)) all.emplace_back(ok, 1);
  if (page.items > 0) all.emplace_back(items, page.items);
  append_fills(all, page);
  frontier::store::byte_writer bytes;
  for (const auto& [name, count] : all) bytes.text(name).number(count);
  return bytes.take();
}

std::vector<std::pair<std::string, std::uint64_t>> to_past_tallies(const record& out, std::string_view before) {
  std::vector<std::pair<std::string, std::uint64_t>> all;
  if (out.visit <= 1) return all;
  all.emplace_back(std::string(past) + std::string(records), 1);
  if (confirms_the_last(out)) return all;
  frontier::store::byte_reader bytes(before);
  while (bytes.left() > 0 && bytes.is_good()) {
    const std::string name = bytes.text();
    if (const std::uint64_t count = bytes.number(); bytes.is_good()) all.emplace_back(std::string(past) + name, count);
  }
  return all;
}

void add_record(progress& to, const record& out, const page_result& page) {
  if (out.status) ++to.statuses[*out.status];
  if (is_ok(out)) ++to.pages_2xx;
  if (out.failure) ++to.errors[std::string(to_string(out.failure->code))];
  to.items += page.items;
  for (const auto& fill : page.fills) {
    field_tally& tally = to.fields[fill.name];
    tally.asked += fill.asked;
    tally.filled += fill.filled;
  }
}

void add_tally(progress& to, std::string_view name, std::uint64_t count) {
  if (name.starts_with(status)) add_status(to, name.substr(status.size()), count);
  if (name.starts_with(failure)) to.errors[std::string(name.substr(failure.size()))] += count;
  if (name.starts_with(filtered)) to.filtered[std::string(name.substr(filtered.size()))].count += count;
  if (name.starts_with(past)) add_past(to.superseded, name.substr(past.size()), count);
  if (name.starts_with(field)) add_field(to.fields, name.substr(field.size()), count);
  if (name == items) to.items += count;
}

void add_tallies(progress& to, const std::map<std::string, std::uint64_t>& tallies) {
  for (const auto& [name, count] : tallies) add_tally(to, name, count);
}

}  // namespace trawl::engine
