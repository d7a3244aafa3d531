#include "server/jobs/job_table.hpp"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <cerrno>
#include <mutex>
#include <stdexcept>
#include <system_error>

namespace trawl::server {
namespace {

constexpr std::size_t write_buffer = std::size_t{1} << 20;  // the rows are few

rocksdb::Slice slice(std::string_view s) { return {s.data(), s.size()}; }

bool is_full(const rocksdb::Status& s) { return s.IsNoSpace() || s.ToString().find("No space left") != std::string::npos || s.ToString().find("Disk quota") != std::string::npos || s.ToString().find("File too large") != std::string::npos; }

[[noreturn]] void raise(const rocksdb::Status& s) { throw std::system_error(is_full(s) ? ENOSPC : EIO, std::generic_category(), "the register of jobs: " + s.ToString()); }

std::unique_ptr<rocksdb::DB> opened(const std::string& path) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;  // a torn tail was never acknowledged
  options.write_buffer_size = write_buffer;
  options.max_background_jobs = 1;
  options.keep_log_file_num = 1;
  options.info_log_level = rocksdb::InfoLogLevel::ERROR_LEVEL;
  options.stats_dump_period_sec = 0;
  rocksdb::DB* raw = nullptr;
  if (const auto s = rocksdb::DB::Open(options, path, &raw); !s.ok()) raise(s);
  return std::unique_ptr<rocksdb::DB>(raw);
}

}  // namespace

struct job_table::inside {
  std::string path;
  std::unique_ptr<rocksdb::DB> db;
  bool has_failed = false;
  mutable std::mutex mutex;

  /// After a write that failed RocksDB takes no other; opened again it does.
  void recover() {
    if (!has_failed) return;
    db.reset();
    db = opened(path);
    has_failed = false;
  }
};

job_table::job_table(const std::filesystem::path& directory) : inside_(std::make_unique<inside>()) {
  inside_->path = directory.string();
  try {
    inside_->db = opened(inside_->path);
  } catch (const std::system_error& e) {
    throw std::runtime_error("data " + inside_->path + ": " + e.what() + "; put a backup in its place, or name another directory with --set data=DIRECTORY");
  }
}
job_table::~job_table() = default;

void job_table::write(const std::vector<change>& changes) {
  const std::lock_guard lock(inside_->mutex);
  inside_->recover();
  rocksdb::WriteBatch batch;
  for (const auto& [name, value] : changes) value ? batch.Put(slice(name), slice(*value)) : batch.Delete(slice(name));
  rocksdb::WriteOptions safe;
  safe.sync = true;
  if (const auto s = inside_->db->Write(safe, &batch); !s.ok()) {
    inside_->has_failed = true;
    raise(s);
  }
}

std::optional<std::string> job_table::get(const std::string& name) const {
  const std::lock_guard lock(inside_->mutex);
  if (!inside_->db) inside_->recover();
  std::string value;
  const auto s = inside_->db->Get({}, slice(name), &value);
  if (s.IsNotFound()) return std::nullopt;
  if (!s.ok()) raise(s);
  return value;
}

std::vector<std::pair<std::string, std::string>> job_table::list(std::string_view prefix) const {
  const std::lock_guard lock(inside_->mutex);
  if (!inside_->db) inside_->recover();
  std::vector<std::pair<std::string, std::string>> out;
  const std::unique_ptr<rocksdb::Iterator> at(inside_->db->NewIterator({}));
  for (at->Seek(slice(prefix)); at->Valid() && at->key().starts_with(slice(prefix)); at->Next())
    out.emplace_back(at->key().ToString().substr(prefix.size()), at->value().ToString());
  if (!at->status().ok()) raise(at->status());
  return out;
}

}  // namespace trawl::server
