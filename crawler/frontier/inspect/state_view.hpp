// What a job's state holds, for whoever looks into it: as of one moment, beside the process that writes it.
#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "crawler/frontier/store/codec.hpp"
#include "crawler/frontier/store/database.hpp"
#include "crawler/frontier/store/journal/journal.hpp"
#include "crawler/frontier/store/result_files.hpp"
#include "crawler/url/fingerprint.hpp"

namespace trawl::frontier {

/// How a state came by a URL, and what became of it.
struct known_url {
  enum class fate : std::uint8_t {
    queued,    ///< it waits, or is being fetched
    recorded,  ///< it has its record
    target,    ///< a redirect led to it, and the record of `what` has it
  };
  fate is = fate::queued;
  store::queued_row what;       ///< the URL's own row; of `target`, the row of the URL that was redirected
  store::host_row host;         ///< of that row
  std::uint64_t ahead = 0;      ///< URLs before it in its host's queue; of those that are queued
  std::uint64_t seq = 0;        ///< of its record; 0: there is none
  std::string record;           ///< the JSON line
};

/// One thread. Calls throw storage_error. Memory: what the tables have not written to files yet, 128 MiB at most, the journal, and a cache.
class state_view {
 public:
  /// Throws storage_error also where there is no state, or one of a newer version.
  explicit state_view(std::filesystem::path directory);

  const std::filesystem::path& path() const noexcept { return path_; }
  const store::job_row& numbers() const noexcept { return numbers_; }
  /// What the state is of, as `state_directory::keep_job` was given it; empty: nothing.
  std::string job() const;
  /// Who reads the records, and what each has remembered.
  std::vector<std::pair<std::string, std::string>> consumers() const;
  std::uint64_t hosts() const;
  void each_host(const std::function<void(std::string_view name, const store::host_row& row)>& then) const;
  /// What joined the scope by a seed's redirect, as URLs.
  std::vector<std::string> joined() const;
  std::uint64_t table_bytes() const;
  std::uint64_t record_bytes() const { return files_.bytes(); }
  /// When anything of it was written last.
  std::filesystem::file_time_type written_at() const;

  /// nullopt where no URL, method and body of that kind was ever taken up. Takes time with the length of its host's queue.
  std::optional<known_url> find(std::string_view url, std::string_view method = "GET", std::string_view body = {}) const;
  /// The tables, and where the last record ends.
  const store::database& tables() const noexcept { return db_; }
  const store::result_files& files() const noexcept { return files_; }
  std::optional<store::spot> last_record() const;

 private:
  std::optional<known_url> find_own(const std::string& key) const;
  void read_record(std::uint64_t seq, known_url& into) const;
  std::uint64_t count_ahead(const std::string& host, const std::string& key) const;
  store::host_row host(const std::string& name) const;
  std::optional<store::seen_row> whose(std::uint64_t fingerprint) const;

  std::filesystem::path path_;
  store::database db_;
  store::result_files files_;
  store::job_row numbers_;
  store::journal journal_;
  std::unordered_map<std::string, store::host_row> hosts_;  ///< that are in the journal
  url::fingerprint_key key_;
};

}  // namespace trawl::frontier
