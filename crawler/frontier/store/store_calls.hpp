// What goes into a job's store and comes out of it.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "crawler/frontier/store/codec.hpp"
#include "crawler/frontier/store/result_files.hpp"

namespace trawl::frontier::store {

/// How a state is written, and who is told when it can't be.
struct store_options {
  /// A power cut may have what was committed in this time fetched again.
  std::chrono::milliseconds sync_every{1000};
  std::chrono::milliseconds sync_for_readers{50};  ///< the same while somebody waits for records
  /// The disk is full: nothing more is committed until it is not; empty: it goes on. On the store's thread.
  std::function<void(const std::string& why)> on_pause = {};
  /// The state can't be written any more; every call fails from now on. On the store's thread.
  std::function<void(const std::string& why)> on_failure = {};
  std::uint64_t result_file_bytes = result_files::usual_size;
  std::size_t journal_bytes = usual_journal();  ///< at so many the journal is folded into the tables; a new URL has some 15
  /// 8 MiB, or where TRAWL_TABLE_BUFFER is set a quarter of that.
  static std::size_t usual_journal();
  /// That owns a host, for links that an earlier run has left. On the thread that opens the store; empty: the one shard there is.
  std::function<std::uint32_t(const std::string& host)> shard_of = {};
};

/// A URL that is new to the job, for the shard that owns its host.
struct fresh {
  candidate what;
  std::uint64_t order = 0;
  bool was_parked = false;  ///< it was counted as a duplicate of a claim, which has been given up
};

/// A row that `load` has found, in the order of the positions.
struct loaded {
  position at;
  queued_row row;
};

/// The politeness of one host, as the next run has to keep it.
struct pace {
  std::string host;
  std::int64_t delay_ms = 0;
  moment held_until;
};

/// How a lease ends. It is large: what hands it on moves a pointer.
struct ending_row {
  std::string row;  ///< the URL's, as bytes of a queued_row
  std::string host, url;
  position at;
  pace asked;  ///< of the host that was asked last: a redirect's target, else its own
  completion done;
};

}  // namespace trawl::frontier::store
