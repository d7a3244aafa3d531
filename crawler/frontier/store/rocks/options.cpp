#include "crawler/frontier/store/rocks/options.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include <string_view>

#include "crawler/frontier/kill_point.hpp"

namespace trawl::frontier::store {
namespace {

constexpr std::size_t buffer = std::size_t{4} << 20;  // of changes that are not in a table file yet; with 16 MiB a URL costs the same
constexpr std::size_t block_cache = std::size_t{32} << 20;
constexpr std::size_t most_log_ahead = std::size_t{128} << 20;
constexpr double filter_bits = 10;  // a URL, in memory: one of a hundred new URLs is looked for in vain

/// The host of a row's key, with what ends it.
class host_of_key final : public rocksdb::SliceTransform {
 public:
  const char* Name() const override { return "trawl.host"; }
  rocksdb::Slice Transform(const rocksdb::Slice& key) const override { return {key.data(), key.ToStringView().find('\0') + 1}; }
  bool InDomain(const rocksdb::Slice& key) const override { return key.ToStringView().find('\0') != std::string_view::npos; }
};

/// Tables that grow with the URLs. Sorted runs of about one size become one: a row is written anew with the logarithm of the table's size. In
/// levels, the few rows of some buffers would be merged with all of a table again and again, until it is larger than 256 MiB.
void merge_by_size(rocksdb::ColumnFamilyOptions& out, int runs) {
  out.compaction_style = rocksdb::kCompactionStyleUniversal;
  out.level_compaction_dynamic_level_bytes = false;
  out.level0_file_num_compaction_trigger = runs;
}

/// How many runs of a table may be before some become one; 0: it stays small, or is written in the order of its keys. A queue is read from
/// all of its runs, a fingerprint is looked for in the filters of all.
int most_runs(table t) {
  if (t == table::queue) return 4;
  return t == table::seen || t == table::done ? 8 : 0;
}

}  // namespace

std::shared_ptr<rocksdb::Cache> new_block_cache() { return rocksdb::NewLRUCache(block_cache); }

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
  out.write_buffer_size = table_buffer(buffer);
  out.level_compaction_dynamic_level_bytes = true;
  if (const int runs = most_runs(t); runs > 0) merge_by_size(out, runs);
  // A host's next row comes behind the one before, which is remembered.
  if (t == table::queue || t == table::done) out.memtable_insert_with_hint_prefix_extractor = std::make_shared<host_of_key>();
  return out;
}

}  // namespace trawl::frontier::store
