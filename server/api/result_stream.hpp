// From a result log to the text of a response, as a chain of streams: entries, those that were asked for, blocks of lines, and a sign
// of life where nothing comes. Each pulls from the one before it; a record is in memory only on its way to the socket.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "crawler/async/stream.hpp"
#include "crawler/frontier/result_log.hpp"

namespace trawl::server::api {

using log_ptr = std::shared_ptr<frontier::result_log>;

/// How far a reader has come; shared by the stream that moves it and the response that says so.
struct log_cursor {
  std::uint64_t seq = 0;         ///< the last entry that was looked at
  std::uint64_t until = 0;       ///< no further than this
  bool follows = false;          ///< waits for entries that are not there yet
};

/// The log's entries behind the cursor, in order. Keeps the log alive.
async::stream<frontier::log_entry> entries(log_ptr log, std::shared_ptr<log_cursor> cursor);

/// A line for each item in place of the records, with `url` and `seq` of its record; records without items fall out.
async::stream<frontier::log_entry> item_rows(async::stream<frontier::log_entry> from);

/// Lines, gathered into blocks of about 64 KiB as far as they are there already.
async::stream<std::string> blocks(async::stream<frontier::log_entry> from);

/// An empty line whenever nothing came for `period`.
async::stream<std::string> with_heartbeat(async::stream<std::string> from, std::chrono::milliseconds period);

/// Which records are wanted: `status` is a number or a class ("404", "5xx"), `error` a code or a glob ("timeout.*"); empty is any.
/// Records that a rule keeps out of the outputs are never. nullopt where `status` is malformed.
std::optional<std::function<bool(const frontier::log_entry&)>> wanted(std::string status, std::string error);

}  // namespace trawl::server::api
