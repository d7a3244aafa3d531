// Opening a state: as its last batch has left it, or, where a power cut has taken records back, as the batch before them did.
#include <spdlog/spdlog.h>

#include <future>

#include "crawler/frontier/log/bytes.hpp"
#include "crawler/frontier/store/job_store.hpp"

namespace trawl::frontier::store {
namespace {

std::unique_ptr<database> open_tables(const state_directory& at) {
  return std::make_unique<database>(at.tables(), at.is_new() ? database::access::create : database::access::write);
}

job_row read_job(const database& from, const state_directory& at) {
  const auto bytes = from.get(table::meta, "job");
  if (!bytes) return {};
  const auto row = decode_job(*bytes);
  if (!row) throw storage_error(storage_error::kind::damaged, "the state in " + at.path().string() + " is damaged: its row of numbers can't be read; put a backup in its place, or remove the directory to start anew");
  return *row;
}

}  // namespace

job_store::job_store(const std::filesystem::path& directory, store_options options)
    : options_(std::move(options)), directory_(directory), db_(open_tables(directory_)), files_(directory_.records(), options_.result_file_bytes), log_(*db_, files_),
      row_(read_job(*db_, directory_)), journal_(options_.journal_bytes), changes_(*db_) {
  read_counters();
  read_journal();
  put_back_unwritten();
  read_key();
  if (directory_.is_new()) directory_.begun();
  read_claims();
  queue_parked();
  write_rows();
  files_.take_unsynced().sync();  // what is shown from now on has to be safe first
  db_->sync();
  row_.synced = row_.seq;
  log_.publish(row_.seq);
  log_.on_wait = [this] { asio::post(loop_, [this] { sync_in_time(); }); };
  log_.on_close = [this] {
    std::promise<void> done;
    asio::post(loop_, [&] { when_synced([&](std::exception_ptr) { done.set_value(); }); });
    done.get_future().get();
  };
  sync_thread_ = std::jthread([this] { syncing_.run(); });
  thread_ = std::jthread([this] { loop_.run(); });
}

/// Drawn when the state is begun: what is known under another key would be found anew.
void job_store::read_key() {
  if (const auto bytes = db_->get(table::meta, "key")) {
    byte_reader in(*bytes);
    key_.k0 = in.fixed64();
    key_.k1 = in.fixed64();
    return;
  }
  key_ = url::fingerprint_key::draw();
  changes first(*db_);
  first.put(table::meta, "key", byte_writer().fixed64(key_.k0).fixed64(key_.k1).take());
  db_->write(first);
}

void job_store::read_counters() {
  db_->each(table::hosts, "", "", [&](std::string_view name, std::string_view bytes) {
    if (const auto row = decode_host(bytes)) hosts_[std::string(name)].row = *row;
    return true;
  });
  constexpr std::string_view tally = "tally/";
  db_->each(table::meta, tally, "", [&](std::string_view key, std::string_view value) {
    tallies_[std::string(key.substr(tally.size()))] = std::stoull(std::string(value));
    return true;
  });
}

/// What is newer than the tables.
void job_store::read_journal() {
  journal_.replay(*db_, {.host =
                             [this](std::string name, const host_row& row) {
                               auto& of = *hosts_.try_emplace(std::move(name)).first;
                               of.second.row = row;
                               if (!std::exchange(of.second.is_unfolded, true)) unfolded_hosts_.push_back(&of);
                             },
                         .tally = [this](std::string name, std::uint64_t value) { tallies_[std::move(name)] = value; },
                         .job = [this](const job_row& row) { row_ = row; }});
}

/// Before anything runs.
void job_store::write_rows() {
  write_batch();
  if (journal_.is_full()) start_fold();
}

std::vector<std::pair<std::string, host_row>> job_store::hosts() const {
  std::vector<std::pair<std::string, host_row>> out;
  for (const auto& [name, entry] : hosts_) out.emplace_back(name, entry.row);
  return out;
}

std::vector<std::string> job_store::joined() const {
  constexpr std::string_view prefix = "joined/";
  std::vector<std::string> out;
  db_->each(table::meta, prefix, "", [&](std::string_view key, std::string_view) {
    out.emplace_back(key.substr(prefix.size()));
    return true;
  });
  return out;
}

/// The tables may be ahead of the result files by what was never synced: those records are not there, so their URLs are queued again. What
/// they led to stays known. Behind the last record that counts the files are cut.
void job_store::put_back_unwritten() {
  std::optional<spot> end;
  std::uint64_t whole = row_.seq;
  std::vector<std::pair<std::uint64_t, log_row>> unsure;
  const std::uint64_t first = std::max<std::uint64_t>(row_.synced, 1);
  db_->each(table::log, "", number_key(first), [&](std::string_view key, std::string_view value) {
    if (auto row = decode_log(value)) unsure.emplace_back(parse_number_key(key), std::move(*row));
    return true;
  });
  std::size_t good = 0;
  for (; good < unsure.size(); ++good) {
    const auto& [seq, row] = unsure[good];
    if (seq > row_.synced && !files_.read(row.where)) break;
    end = row.where;
  }
  whole = good == unsure.size() ? row_.seq : unsure[good].first - 1;
  files_.cut(end);
  if (whole == row_.seq) return;
  spdlog::warn("{} records that the last power cut has taken are fetched again", row_.seq - whole);
  for (std::size_t i = good; i < unsure.size(); ++i) {
    const log_row& lost = unsure[i].second;
    const auto name = parse_row_key(lost.row);
    const auto bytes = db_->get(table::done, lost.row);
    auto row = name && bytes ? decode_done(*name, *bytes) : std::nullopt;
    if (!row) throw storage_error(storage_error::kind::damaged, "the state in " + directory_.path().string() + " is damaged: a record's row can't be read; put a backup in its place, or remove the directory to start anew");
    row->what.state.chain.reset();  // what it has claimed is free below, so its redirects are asked for anew
    changes_.put(table::queue, lost.row, encode(row->what));
    changes_.erase(table::done, lost.row);
    changes_.erase(table::log, number_key(unsure[i].first));
    if (const std::string body = body_key(row->seen.digest); db_->get(table::meta, body) == row->what.what.req.url) changes_.erase(table::meta, body);
    for (const std::uint64_t print : row->claims) journal_.forget(print);
    host_row& of = host(name->host).row;
    ++of.queued;
    ++row_.queued;
    --row_.recorded;
    if (row->is_page) --row_.pages, --of.pages;
  }
  row_.seq = whole;
  write_rows();
}

}  // namespace trawl::frontier::store
