#include "crawler/frontier/inspect/backup.hpp"

#include "crawler/frontier/inspect/state_view.hpp"
#include "crawler/frontier/store/journal/small_rows.hpp"
#include "crawler/frontier/store/state_directory.hpp"

namespace trawl::frontier {

using namespace store;

namespace {

constexpr std::uint64_t rows_at_once = 1'000;

void copy_table(table which, const database& from, database& to) {
  changes batch(to);
  std::uint64_t rows = 0;
  from.each(which, "", "", [&](std::string_view key, std::string_view value) {
    batch.put(which, key, value);
    if (++rows % rows_at_once == 0) {
      to.write(batch);
      batch.clear();
    }
    return true;
  });
  to.write(batch);
}

/// All records are synced in the copy, whatever the state had synced by then.
void mark_synced(database& copy, job_row numbers) {
  numbers.synced = numbers.seq;
  ++numbers.batch;
  changes last(copy);
  last.put(table::journal, number_key(numbers.batch), small_rows().job(numbers).bytes());
  copy.write(last);
  copy.sync();
}

void copy_all(const state_view& from, state_directory& to) {
  from.files().copy_to(to.records(), from.last_record());
  {
    database copy(to.tables(), database::access::create);
    for (std::size_t i = 0; i < tables; ++i) copy_table(static_cast<table>(i), from.tables(), copy);
    mark_synced(copy, from.numbers());
  }
  if (const std::string job = from.job(); !job.empty()) to.keep_job(job);
  to.begun();  // from here on it is a state
}

}  // namespace

void back_up(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code ignored;
  if (std::filesystem::exists(std::filesystem::symlink_status(to, ignored))) throw storage_error(storage_error::kind::foreign, to.string() + " is there already; name a directory that is not");
  const state_view view(from);
  state_directory made(to);
  try {
    copy_all(view, made);
  } catch (...) {
    made.remove();
    throw;
  }
}

}  // namespace trawl::frontier
