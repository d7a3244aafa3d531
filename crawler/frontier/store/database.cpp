#include "crawler/frontier/store/database.hpp"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <cstdarg>
#include <fstream>
#include <initializer_list>
#include <thread>

#include "crawler/frontier/store/rocks/options.hpp"

namespace trawl::frontier::store {
namespace {

constexpr int most_tries = 50;  // to open tables that somebody writes
constexpr auto try_again_after = std::chrono::milliseconds(20);

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

bool is_want_of_space(const rocksdb::Status& s) { return s.IsNoSpace() || says(s.ToString(), {"No space left", "Disk quota", "File too large"}); }

[[noreturn]] void raise(const rocksdb::Status& s, const std::filesystem::path& directory) {
  using kind = storage_error::kind;
  const std::string what = s.ToString(), where = directory.parent_path().string();
  if (is_want_of_space(s)) throw storage_error(kind::no_space, "no space is left for the state in " + where);
  const bool is_damaged = s.IsCorruption() || s.IsInvalidArgument() || says(what, {"No such file", "checksum"});
  if (is_damaged)
    throw storage_error(kind::damaged, "the state in " + where + " is damaged: " + directory.filename().string() + '/' + damaged_file(directory, what) + " can't be read (" + what +
                                           "); put a backup in its place, or remove the directory to start anew");
  throw storage_error(kind::failed, "the state in " + where + " can't be used: " + what);
}

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

/// How many of the tables are there: a state of the first format has no journal.
std::size_t tables_in(const std::filesystem::path& directory) {
  std::vector<std::string> found;
  const auto listed = rocksdb::DB::ListColumnFamilies({}, directory.string(), &found);
  return listed.ok() && std::ranges::find(found, table_names.back()) == found.end() ? tables - 1 : tables;
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
void changes::erase_range(table in, std::string_view from, std::string_view until) { inside_->batch.DeleteRange(of_.inside_->of(in), slice(from), slice(until)); }
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
  if (how_ == access::write) options.create_missing_column_families = tables_in(directory_) < tables;
  if (how_ == access::read) options.info_log = std::make_shared<no_log>();
  options.listeners = {fresh->keeper};
  const auto cache = new_block_cache();
  const std::size_t there = how_ == access::read ? tables_in(directory_) : tables;
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (std::size_t i = 0; i < there; ++i) families.emplace_back(table_names[i], table_options(static_cast<table>(i), cache));
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
  last_write_ = ending::good;
}

bool database::has(table in) const noexcept { return at(in) < inside_->handles.size(); }

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
  if (!has(in)) return;
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
  const auto s = inside_->db->Write({}, &what.inside_->batch);
  if (s.ok()) return;
  last_write_ = is_want_of_space(s) ? ending::no_space : ending::failed;
  raise(s, directory_);
}

bool database::sync() {
  if (last_write_ == ending::no_space) return false;
  const auto s = last_write_ == ending::good ? inside_->db->SyncWAL() : rocksdb::Status::IOError("its log could not be written");
  if (s.ok()) return true;
  throw storage_error(storage_error::kind::failed, "the state in " + directory_.parent_path().string() + " can't be synced: " + s.ToString());
}

void database::write_file(table as, const std::filesystem::path& file, const std::function<bool(std::string&, std::optional<std::string>&)>& next) const {
  std::error_code ignored;
  std::filesystem::remove(file, ignored);  // a table may have that very file by now, under a name of its own
  rocksdb::SstFileWriter out({}, inside_->db->GetOptions(inside_->of(as)), inside_->of(as), false);
  auto s = out.Open(file.string());
  std::string key;
  std::optional<std::string> value;
  while (s.ok() && next(key, value)) {
    s = value ? out.Put(slice(key), slice(*value)) : out.Delete(slice(key));
    value.reset();
  }
  if (s.ok()) s = out.Finish();
  if (!s.ok()) raise(s, directory_);
}

void database::take_file(table into, const std::filesystem::path& file) {
  rocksdb::IngestExternalFileOptions how;
  how.move_files = true;
  how.write_global_seqno = false;  // nobody opens the file with a RocksDB that would want it
  if (const auto s = inside_->db->IngestExternalFile(inside_->of(into), {file.string()}, how); !s.ok()) raise(s, directory_);
}

database::size database::measure(table in) const {
  size out;
  inside_->db->GetIntProperty(inside_->of(in), rocksdb::DB::Properties::kEstimateNumKeys, &out.rows);
  inside_->db->GetIntProperty(inside_->of(in), rocksdb::DB::Properties::kLiveSstFilesSize, &out.bytes);
  return out;
}

}  // namespace trawl::frontier::store
