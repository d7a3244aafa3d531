// Tables of a job file that may come many times or not at all: seeds, credentials, outputs, a schedule.
#pragma once
#include <boost/describe.hpp>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "config/units.hpp"

namespace trawl::config {

using text_map = std::map<std::string, std::string>;

enum class output_type { ndjson, csv, warc };
enum class row_kind { records, items };
enum class overlap_mode { skip, queue };
enum class rerun_mode { fresh, continue_ };
BOOST_DESCRIBE_ENUM(output_type, ndjson, csv, warc)
BOOST_DESCRIBE_ENUM(row_kind, records, items)
BOOST_DESCRIBE_ENUM(overlap_mode, skip, queue)
BOOST_DESCRIBE_ENUM(rerun_mode, fresh, continue_)

/// A seed; in a job file also just its URL.
struct seed {
  std::string url;
  std::string method = "GET";
  nlohmann::json json;
  text_map form;
  std::optional<std::string> body;
  text_map headers;
  nlohmann::json meta;
  std::uint32_t depth = 0;
  std::int32_t priority = 0;
  bool idempotent = false;
  friend bool operator==(const seed&, const seed&) = default;
};
BOOST_DESCRIBE_STRUCT(seed, (), (url, method, json, form, body, headers, meta, depth, priority, idempotent))

struct basic_auth {
  std::string user, password;
  friend bool operator==(const basic_auth&, const basic_auth&) = default;
};
BOOST_DESCRIBE_STRUCT(basic_auth, (), (user, password))

/// Credentials that go to one host alone.
struct auth_entry {
  std::string host;
  std::optional<basic_auth> basic;
  std::optional<std::string> bearer, cookie;
  text_map headers;
  friend bool operator==(const auth_entry&, const auth_entry&) = default;
};
BOOST_DESCRIBE_STRUCT(auth_entry, (), (host, basic, bearer, cookie, headers))

/// A form that is filled in before anything is crawled.
struct login {
  std::string page, form;
  text_map set;
  std::optional<std::string> ok;
  friend bool operator==(const login&, const login&) = default;
};
BOOST_DESCRIBE_STRUCT(login, (), (page, form, set, ok))

struct output_entry {
  output_type type = output_type::ndjson;
  std::optional<std::string> path, dir;
  row_kind rows = row_kind::records;
  std::optional<byte_size> roll_size;
  friend bool operator==(const output_entry&, const output_entry&) = default;
};
BOOST_DESCRIBE_STRUCT(output_entry, (), (type, path, dir, rows, roll_size))

struct schedule {
  std::string cron;
  std::string timezone = "UTC";
  overlap_mode overlap = overlap_mode::skip;
  rerun_mode state = rerun_mode::fresh;
  friend bool operator==(const schedule&, const schedule&) = default;
};
BOOST_DESCRIBE_STRUCT(schedule, (), (cron, timezone, overlap, state))

}  // namespace trawl::config
