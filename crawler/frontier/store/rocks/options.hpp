// How RocksDB is used: the settings of each table and what is watched. For database.cpp alone.
#pragma once
#include <rocksdb/db.h>
#include <rocksdb/listener.h>

#include <array>
#include <atomic>
#include <memory>

#include "crawler/frontier/store/database.hpp"

namespace trawl::frontier::store {

/// As RocksDB knows the tables.
inline constexpr std::array<const char*, tables> table_names = {"default", "seen", "queue", "done", "hosts", "log", "journal"};

std::shared_ptr<rocksdb::Cache> new_block_cache();
rocksdb::DBOptions database_options(bool create);
rocksdb::ColumnFamilyOptions table_options(table t, const std::shared_ptr<rocksdb::Cache>& cache);

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

}  // namespace trawl::frontier::store
