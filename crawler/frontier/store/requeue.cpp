// URLs that have a record and are to be fetched once more, before a crawl goes on. A part of job_store.hpp.
#include "crawler/frontier/store/job_store.hpp"

namespace trawl::frontier::store {

namespace {

constexpr std::uint64_t rows_at_once = 1'000;

}  // namespace

std::uint64_t job_store::requeue(const std::function<bool(std::string_view record)>& is_wanted) {
  std::uint64_t out = 0;
  db_->each(table::log, "", "", [&](std::string_view key, std::string_view value) {
    const auto row = decode_log(value);
    const auto payload = row ? files_.read(row->where) : std::nullopt;
    if (payload && !payload->empty() && is_wanted(std::string_view(*payload).substr(1)) && visit_again(row->row, parse_number_key(key)) && ++out % rows_at_once == 0) write_rows();
    return true;
  });
  write_rows();
  db_->sync();
  return out;
}

std::uint64_t job_store::requeue_visited_before(std::int64_t wall_ms) {
  std::uint64_t out = 0;
  db_->each(table::done, "", "", [&](std::string_view key, std::string_view value) {
    const auto name = parse_row_key(key);
    const auto row = name ? decode_done(*name, value) : std::nullopt;
    if (row && row->seen.fetched_ms <= wall_ms && visit_again(std::string(key), row->seq) && ++out % rows_at_once == 0) write_rows();
    return true;
  });
  write_rows();
  db_->sync();
  return out;
}

/// Back into the queue at its old place. What redirects of the last visit have claimed is free again, as after a visit that never was.
bool job_store::visit_again(const std::string& key, std::uint64_t seq) {
  const auto name = parse_row_key(key);
  const auto bytes = name ? db_->get(table::done, key) : std::nullopt;
  auto row = bytes ? decode_done(*name, *bytes) : std::nullopt;
  if (!row || row->seq != seq) return false;  // it waits already, or a later visit's record is the one that counts
  queued_row again = std::move(row->what);
  again.state = {};
  again.not_before = {};
  ++again.what.visit;
  if (row->seen.fetched_ms != 0) again.what.before = std::make_shared<const revisit_note>(std::move(row->seen));
  changes_.erase(table::done, key);
  changes_.put(table::queue, key, encode(again));
  for (const std::uint64_t print : row->claims) journal_.forget(print);
  host_row& h = host(name->host).row;
  ++h.queued;
  ++h.discovered;
  ++row_.discovered;
  ++row_.queued;
  return true;
}

}  // namespace trawl::frontier::store
