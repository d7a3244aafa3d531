// URLs that have a record and are visited again. A part of job_store.hpp.
#include <future>

#include "crawler/frontier/store/job_store.hpp"

namespace trawl::frontier::store {
namespace {

constexpr std::uint64_t rows_a_batch = 10'000;

}  // namespace

std::uint64_t job_store::requeue(const std::function<bool(const row_name&, const done_row&)>& wanted) {
  std::promise<std::uint64_t> done;
  asio::post(loop_, [&] {
    try {
      done.set_value(requeue_rows(wanted));
    } catch (...) {
      done.set_exception(std::current_exception());
    }
  });
  return done.get_future().get();
}

/// The row keeps its place in the order of its host, and its fingerprint what it says.
std::uint64_t job_store::requeue_rows(const std::function<bool(const row_name&, const done_row&)>& wanted) {
  std::uint64_t count = 0;
  db_->each(table::done, "", "", [&](std::string_view key, std::string_view value) {
    const auto name = parse_row_key(key);
    auto row = name ? decode_done(*name, value) : std::nullopt;
    if (!row) throw storage_error(storage_error::kind::damaged, "the state in " + directory_.path().string() + " is damaged: the row of a record can't be read");
    if (!wanted(*name, *row)) return true;
    queued_row again{.what = std::move(row->what.what), .state = {}, .not_before = {}};
    ++again.what.visit;
    again.what.before = std::make_shared<const revisit_note>(std::move(row->seen));
    changes_.erase(table::done, key);
    changes_.put(table::queue, key, encode(again));
    host_row& h = host(name->host).row;
    ++h.queued;
    ++h.discovered;
    ++row_.queued;
    ++row_.discovered;
    if (++count % rows_a_batch == 0) write_batch();
    return true;
  });
  write_batch();
  return count;
}

}  // namespace trawl::frontier::store
