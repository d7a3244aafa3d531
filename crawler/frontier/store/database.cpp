#include "crawler/frontier/store/database.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdarg>
#include <fstream>
#include <initializer_list>
#include <thread>

#include "crawler/frontier/kill_point.hpp"

namespace trawl::frontier::store {
namespace {

constexpr std::array<const char*, tables> names = {"default", "seen", "queue", "done", "hosts", "log"};
constexpr std::size_t large_buffer = std::size_t{16} << 20, small_buffer = std::size_t{4} << 20;  // of changes that are not in a table file yet
constexpr std::size_t block_cache = std::size_t{32} << 20;
constexpr std::size_t most_log_ahead = std::size_t{128} << 20;
constexpr int most_tries = 50;  // to open tables that somebody writes
constexpr auto try_again_after = std::chrono::milliseconds(20);
constexpr double buffer_filter = 0.04;  // of a buffer's size
constexpr double filter_bits = 10;  // a URL, in memory: one of a hundred new URLs is looked for in vain

std::size_t at(table t) noexcept { return static_cast<std::size_t>(t); }
rocksdb::Slice slice(std::string_view s) { return {s.data(), s.size()}; }
std::string_view view(const rocksdb::Slice& s) { return {s.data(), s.size()}; }

bool says(const std::string& text, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return text.find(word) != std::string::npos; });
}

/// RocksDB does not always say which file it could not read: a table file that does not verify, else the list of them, or the log.
std::string damaged_file(const std::filesystem::path& directory, const std::string& what) {
  std::string list, log;
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator(directory, gone)) {
    const std::string name = entry.path().filename().string();
    if (says(what, {name})) return name;
    if (name.starts_with("MANIFEST")) list = name;
    if (name.ends_with(".log") && (log.empty() || log < name)) log = name;
    if (!name.ends_with(".sst")) continue;
    rocksdb::SstFileReader reader{rocksdb::Options()};
    if (!reader.Open(entry.path().string()).ok() || !reader.VerifyChecksum().ok()) return name;
  }
  if (!std::filesystem::exists(directory / "CURRENT", gone)) return "CURRENT";
  return says(what, {"olumn family", "MANIFEST", "VersionEdit"}) || log.empty() ? list : log;
}

[[noreturn]] void raise(const rocksdb::Status& s, const std::filesystem::path& directory) {
  using kind = storage_error::kind;
  const std::string what = s.ToString(), where = directory.parent_path().string();
  if (s.IsNoSpace() || says(what, {"No space left", "Disk quota", "File too large"})) throw storage_error(kind::no_space, "no space is left for the state in " + where);
  const bool is_damaged = s.IsCorruption() || s.IsInvalidArgument() || says(what, {"No such file", "checksum"});
  if (is_damaged)
    throw storage_error(kind::damaged, "the state in " + where + " is damaged: " + directory.filename().string() + '/' + damaged_file(directory, what) + " can't be read (" + what +
                                           "); put a backup in its place, or remove the directory to start anew");
  throw storage_error(kind::failed, "the state in " + where + " can't be used: " + what);
}

/// The host of a row's key, with what ends it.
class host_of_key final : public rocksdb::SliceTransform {
 public:
  const char* Name() const override { return "trawl.host"; }
  rocksdb::Slice Transform(const rocksdb::Slice& key) const override { return {key.data(), view(key).find('\0') + 1}; }
  bool InDomain(const rocksdb::Slice& key) const override { return view(key).find('\0') != std::string_view::npos; }
};

rocksdb::DBOptions database_options(bool create) {
  rocksdb::DBOptions out;
  out.create_if_missing = create;
  out.create_missing_column_families = create;
  out.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;  // a torn tail is a commit that was not acknowledged
  out.wal_bytes_per_sync = 0;  // a log that is synced in parts could lose its middle
  out.max_total_wal_size = most_log_ahead;
  out.paranoid_checks = true;
  out.max_background_jobs = 2;
  out.allow_concurrent_memtable_write = false;  // there is one writer
  out.keep_log_file_num = 1;
  out.info_log_level = rocksdb::InfoLogLevel::ERROR_LEVEL;
  out.stats_dump_period_sec = 0;
  out.avoid_flush_during_shutdown = true;  // the log has it all, and shutting down takes no time
  return out;
}

rocksdb::ColumnFamilyOptions table_options(table t, const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions out;
  rocksdb::BlockBasedTableOptions blocks;
  blocks.block_cache = cache;
  blocks.format_version = 5;
  blocks.block_size = t == table::seen ? 4 << 10 : 16 << 10;
  if (t != table::seen) {  // whose filter has to be in memory anyway; of the others what is not used is not
    blocks.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
    blocks.cache_index_and_filter_blocks = true;
  }
  if (t == table::seen) blocks.filter_policy.reset(rocksdb::NewBloomFilterPolicy(filter_bits));
  out.table_factory.reset(rocksdb::NewBlockBasedTableFactory(blocks));
  out.compression = t == table::seen ? rocksdb::kNoCompression : rocksdb::kLZ4Compression;  // fingerprints don't compress
  const bool is_large = t == table::seen || t == table::queue || t == table::done;
  out.write_buffer_size = table_buffer(is_large ? large_buffer : small_buffer);
  out.level_compaction_dynamic_level_bytes = true;
  if (t == table::seen) {  // most of what is looked for is in no buffer
    out.memtable_whole_key_filtering = true;
    out.memtable_prefix_bloom_size_ratio = buffer_filter;
  }
  // A host's next row comes behind the one before, which is remembered.
  if (t == table::queue || t == table::done) out.memtable_insert_with_hint_prefix_extractor = std::make_shared<host_of_key>();
  return out;
}

/// Has a log on the disk before the next one is begun. RocksDB does not: a power cut could take the end of one and leave what came behind it.
class log_keeper final : public rocksdb::EventListener {
 public:
  void watch(rocksdb::DB* of) noexcept { of_ = of; }
  /// Between the two logs, on the thread that writes. A failure has the next write fail.
  void OnMemTableSealed(const rocksdb::MemTableInfo&) override {
    if (rocksdb::DB* const db = of_) db->SyncWAL().PermitUncheckedError();
  }

 private:
  std::atomic<rocksdb::DB*> of_{nullptr};
};

/// For who only looks: the log file beside the tables is the writer's.
class no_log final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

/// Which files make up the tables is in one of them: its name and its length. While these stay the same, no file goes.
std::pair<std::string, std::uintmax_t> version_of(const std::filesystem::path& directory) {
  std::string name;
  std::ifstream(directory / "CURRENT") >> name;
  std::error_code ignored;
  return {name, std::filesystem::file_size(directory / name, ignored)};
}

}  // namespace

struct changes::inside {
  rocksdb::WriteBatch batch;
};

struct database::inside {
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  std::shared_ptr<log_keeper> keeper = std::make_shared<log_keeper>();

  rocksdb::ColumnFamilyHandle* of(table t) const { return handles[at(t)]; }
  ~inside() {
    keeper->watch(nullptr);
    for (rocksdb::ColumnFamilyHandle* handle : handles) db->DestroyColumnFamilyHandle(handle);
  }
};

changes::changes(const database& of) : of_(of), inside_(std::make_unique<inside>()) {}
changes::~changes() = default;
void changes::put(table in, std::string_view key, std::string_view value) { inside_->batch.Put(of_.inside_->of(in), slice(key), slice(value)); }
void changes::erase(table in, std::string_view key) { inside_->batch.Delete(of_.inside_->of(in), slice(key)); }
void changes::clear() { inside_->batch.Clear(); }
bool changes::is_empty() const noexcept { return inside_->batch.Count() == 0; }

database::database(std::filesystem::path directory, access how) : directory_(std::move(directory)), how_(how) { how == access::read ? open_beside() : open(); }
database::~database() = default;

/// Whoever writes may replace files while they are opened here; what was read of the old and the new ones would not fit together.
void database::open_beside() {
  for (int tries = 0; tries < most_tries; ++tries) {
    const auto before = version_of(directory_);
    try {
      open();
      if (version_of(directory_) == before) return;
    } catch (const storage_error&) {
      if (version_of(directory_) == before) throw;
    }
    std::this_thread::sleep_for(try_again_after);
  }
  throw storage_error(storage_error::kind::failed, "the state in " + directory_.parent_path().string() + " changes too fast to be read; try again");
}

void database::open() {
  inside_.reset();
  auto fresh = std::make_unique<inside>();
  rocksdb::DBOptions options = database_options(how_ == access::create);
  if (how_ == access::read) options.info_log = std::make_shared<no_log>();
  options.listeners = {fresh->keeper};
  const auto cache = rocksdb::NewLRUCache(block_cache);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (std::size_t i = 0; i < tables; ++i) families.emplace_back(names[i], table_options(static_cast<table>(i), cache));
  rocksdb::DB* raw = nullptr;
  const auto opened = how_ == access::read ? rocksdb::DB::OpenForReadOnly(options, directory_.string(), families, &fresh->handles, &raw)
                                           : rocksdb::DB::Open(options, directory_.string(), families, &fresh->handles, &raw);
  if (!opened.ok()) raise(opened, directory_);
  fresh->db.reset(raw);
  fresh->keeper->watch(raw);
  inside_ = std::move(fresh);
}

void database::reopen() {
  how_ = access::write;
  open();
}

std::optional<std::string> database::get(table in, std::string_view key) const {
  std::string value;
  const auto s = inside_->db->Get({}, inside_->of(in), slice(key), &value);
  if (s.IsNotFound()) return std::nullopt;
  if (!s.ok()) raise(s, directory_);
  return value;
}

std::vector<std::optional<std::string>> database::get_all(table in, std::span<const std::string> keys) const {
  std::vector<std::optional<std::string>> out(keys.size());
  std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
  std::vector<rocksdb::PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> states(keys.size());
  inside_->db->MultiGet({}, inside_->of(in), keys.size(), slices.data(), values.data(), states.data());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (states[i].ok()) {
      out[i].emplace(values[i].data(), values[i].size());
    } else if (!states[i].IsNotFound()) {
      raise(states[i], directory_);
    }
  }
  return out;
}

void database::each(table in, std::string_view prefix, std::string_view from, const std::function<bool(std::string_view, std::string_view)>& row) const {
  const std::unique_ptr<rocksdb::Iterator> it(inside_->db->NewIterator({}, inside_->of(in)));
  for (it->Seek(slice(from.empty() ? prefix : from)); it->Valid() && it->key().starts_with(slice(prefix)); it->Next())
    if (!row(view(it->key()), view(it->value()))) break;
  if (!it->status().ok()) raise(it->status(), directory_);
}

std::optional<std::pair<std::string, std::string>> database::last(table in) const {
  const std::unique_ptr<rocksdb::Iterator> it(inside_->db->NewIterator({}, inside_->of(in)));
  it->SeekToLast();
  if (!it->status().ok()) raise(it->status(), directory_);
  if (!it->Valid()) return std::nullopt;
  return std::pair(it->key().ToString(), it->value().ToString());
}

void database::write(const changes& what) {
  if (const auto s = inside_->db->Write({}, &what.inside_->batch); !s.ok()) raise(s, directory_);
}

void database::sync() {
  if (const auto s = inside_->db->SyncWAL(); !s.ok()) raise(s, directory_);
}

database::size database::measure(table in) const {
  size out;
  inside_->db->GetIntProperty(inside_->of(in), rocksdb::DB::Properties::kEstimateNumKeys, &out.rows);
  inside_->db->GetIntProperty(inside_->of(in), rocksdb::DB::Properties::kLiveSstFilesSize, &out.bytes);
  return out;
}

}  // namespace trawl::frontier::store
