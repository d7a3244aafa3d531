// The record as structs, for its schema and its page of the reference alone: crawler/model writes it by hand, and a test holds the two
// together. Optional here means null where nothing is known; what is absent then has a row that is not required.
#pragma once
#include <nlohmann/json.hpp>
#include <string_view>

#include "config/describe.hpp"
#include "config/job_entries_doc.hpp"

namespace trawl::config {

enum class record_outcome { new_, changed, unchanged, gone };
enum class record_truncation { length, time, disconnect };
BOOST_DESCRIBE_ENUM(record_outcome, new_, changed, unchanged, gone)
BOOST_DESCRIBE_ENUM(record_truncation, length, time, disconnect)

struct record_error {
  std::string code, message;
};
BOOST_DESCRIBE_STRUCT(record_error, (), (code, message))

struct record_robots {
  bool allowed = true;
  std::string rule;
};
BOOST_DESCRIBE_STRUCT(record_robots, (), (allowed, rule))

struct record_redirect {
  std::string url;
  std::uint32_t status = 0;
};
BOOST_DESCRIBE_STRUCT(record_redirect, (), (url, status))

struct record_link {
  std::string url, text, rel, kind;
};
BOOST_DESCRIBE_STRUCT(record_link, (), (url, text, rel, kind))

struct record_shape {
  std::string job;
  std::uint64_t seq = 0, visit = 1;
  std::string url;
  std::optional<std::string> final_url;
  std::string method;
  std::uint32_t depth = 0;
  std::optional<std::string> parent;
  std::string seed;
  nlohmann::json meta;
  std::optional<std::uint32_t> status;
  record_error error;
  record_outcome outcome = record_outcome::new_;
  std::optional<std::string> fetched_at;
  double elapsed_ms = 0;
  std::uint64_t attempts = 0;
  std::optional<std::string> http_version, ip, content_type, charset;
  std::uint64_t wire_bytes = 0, bytes = 0;
  record_truncation truncated = record_truncation::length;
  bool from_cache = false, tls_verified = true, noindex = false;
  std::string duplicate_of;
  record_robots robots;
  std::vector<record_redirect> redirects;
  text_map headers;
  std::string sha256, simhash, title;
  std::vector<record_link> links;
  nlohmann::json metadata;
  std::string text, markdown, html;
  nlohmann::json fields, items;
  std::vector<std::string> warnings;
};
BOOST_DESCRIBE_STRUCT(record_shape, (),
                      (job, seq, visit, url, final_url, method, depth, parent, seed, meta, status, error, outcome, fetched_at, elapsed_ms, attempts,
                       http_version, ip, content_type, charset, wire_bytes, bytes, truncated, from_cache, tls_verified, noindex, duplicate_of, robots,
                       redirects, headers, sha256, simhash, title, links, metadata, text, markdown, html, fields, items, warnings))

/// What one error code means, for people.
struct error_row {
  std::string_view code, doc;
};

}  // namespace trawl::config
