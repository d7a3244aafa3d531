// The job file as structs: what a user may ask for, with the defaults. Any room may include this; the words about each key stand in
// job_doc.hpp.
#pragma once
#include <boost/describe.hpp>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/job_entries.hpp"
#include "config/job_enums.hpp"
#include "config/units.hpp"

namespace trawl::config {

using namespace std::chrono_literals;

struct traps {
  bool detect = true;
  std::uint32_t max_segments = 20;
  std::uint32_t max_repeats = 3;
  std::uint32_t max_query_params = 64;
  std::uint32_t near_duplicates = 50;
};
BOOST_DESCRIBE_STRUCT(traps, (), (detect, max_segments, max_repeats, max_query_params, near_duplicates))

struct scope {
  within_mode within = within_mode::host;
  seed_redirects_mode seed_redirects = seed_redirects_mode::domain;
  std::vector<std::string> include, exclude;
  std::optional<std::uint32_t> max_depth;
  std::uint64_t max_pages = 0;
  std::uint64_t max_pages_per_host = 0;
  std::uint32_t max_url_length = 2048;
  std::vector<std::string> follow = {"a", "area", "frame", "iframe", "link", "meta-refresh"};
  nofollow_mode nofollow = nofollow_mode::respect;
  std::vector<std::string> strip_query;
  duplicates_mode duplicates = duplicates_mode::keep;
  config::traps traps;
  duration revisit_after = 0s;
};
BOOST_DESCRIBE_STRUCT(scope, (), (within, seed_redirects, include, exclude, max_depth, max_pages, max_pages_per_host, max_url_length, follow, nofollow,
                                  strip_query, duplicates, traps, revisit_after))

struct politeness {
  robots_mode robots = robots_mode::obey;
  std::optional<std::string> user_agent, contact, robots_agent;
  std::optional<duration> delay;  ///< nullopt: auto
  std::uint32_t per_host = 2;
  std::uint32_t per_ip = 0;
  bool adaptive = true;
  duration max_delay = 60s;
  duration max_retry_after = 1h;
  duration give_up_after = 30min;
};
BOOST_DESCRIBE_STRUCT(politeness, (), (robots, user_agent, contact, robots_agent, delay, per_host, per_ip, adaptive, max_delay, max_retry_after, give_up_after))

struct backoff {
  duration initial = 1s, max = 60s;
  double jitter = 0.5;
};
BOOST_DESCRIBE_STRUCT(backoff, (), (initial, max, jitter))

struct timeout {
  duration connect = 10s, first_byte = 20s, total = 60s;
};
BOOST_DESCRIBE_STRUCT(timeout, (), (connect, first_byte, total))

struct cookies {
  bool enabled = true;
  std::optional<std::string> file;
};
BOOST_DESCRIBE_STRUCT(cookies, (), (enabled, file))

struct cache {
  std::optional<std::string> dir;
  cache_mode mode = cache_mode::http;
  byte_size max_size{1ULL << 30};
};
BOOST_DESCRIBE_STRUCT(cache, (), (dir, mode, max_size))

struct tls {
  bool verify = true;
  std::optional<std::string> ca_file;
  std::string min_version = "1.2";
};
BOOST_DESCRIBE_STRUCT(tls, (), (verify, ca_file, min_version))

struct fetch {
  std::uint32_t concurrency = 256;
  std::optional<byte_size> memory;  ///< nullopt: auto
  std::uint32_t retries = 2;
  config::backoff backoff;
  config::timeout timeout;
  byte_size min_rate;
  std::uint32_t max_redirects = 10;
  byte_size max_body{16ULL << 20};
  byte_size max_header{256ULL << 10};
  std::vector<std::string> content_types = {"text/html", "application/xhtml+xml"};
  bool http2 = true;
  std::vector<std::string> compression = {"gzip", "deflate", "br", "zstd"};
  text_map headers;
  std::vector<auth_entry> auth;
  std::optional<config::login> login;
  config::cookies cookies;
  std::vector<std::string> proxies;
  config::cache cache;
  config::tls tls;
  address_mode private_addresses = address_mode::deny;
  text_map resolve;
};
BOOST_DESCRIBE_STRUCT(fetch, (), (concurrency, memory, retries, backoff, timeout, min_rate, max_redirects, max_body, max_header, content_types, http2,
                                  compression, headers, auth, login, cookies, proxies, cache, tls, private_addresses, resolve))

/// One value taken from a page; in a job file also just its CSS selector. `default_` is the key `default`.
struct field {
  std::optional<std::string> css, xpath, jsonpath;
  std::optional<std::string> regex;
  value_type type = value_type::string;
  bool many = false;
  nlohmann::json default_;
  friend bool operator==(const field&, const field&) = default;
};
BOOST_DESCRIBE_STRUCT(field, (), (css, xpath, jsonpath, regex, type, many, default_))
using field_map = std::map<std::string, field>;

/// One entry of a record's items for each match of a selector.
struct item_table {
  std::string name;
  std::string each;
  field_map fields;
  std::vector<std::string> required;
  friend bool operator==(const item_table&, const item_table&) = default;
};
BOOST_DESCRIBE_STRUCT(item_table, (), (name, each, fields, required))

/// A selector whose values are URLs, or fill one in; in a job file also just its CSS selector.
struct follow_selector {
  std::optional<std::string> css, xpath, jsonpath;
  std::optional<std::string> url;
  friend bool operator==(const follow_selector&, const follow_selector&) = default;
};
BOOST_DESCRIBE_STRUCT(follow_selector, (), (css, xpath, jsonpath, url))

struct extract {
  bool links = false;
  bool metadata = true;
  bool microdata = false;
  bool text = false;
  bool markdown = false;
  bool html = false;
  nlohmann::json headers = false;  ///< true, false, or a list of names
  bool digests = false;
  field_map fields;
  std::vector<item_table> items;  ///< in a job file also one table that is no list
  std::vector<follow_selector> follow;
};
BOOST_DESCRIBE_STRUCT(extract, (), (links, metadata, microdata, text, markdown, html, headers, digests, fields, items, follow))

/// What a rule changes of `extract`, member by member; one that was not set changes nothing. `fields` merge by name.
struct extract_changes {
  std::optional<bool> links, metadata, microdata, text, markdown, html;
  std::optional<nlohmann::json> headers;
  std::optional<bool> digests;
  std::optional<field_map> fields;
  std::optional<std::vector<item_table>> items;
  std::optional<std::vector<follow_selector>> follow;
  friend bool operator==(const extract_changes&, const extract_changes&) = default;
};
BOOST_DESCRIBE_STRUCT(extract_changes, (), (links, metadata, microdata, text, markdown, html, headers, digests, fields, items, follow))
/// `to` with the changes made.
void apply(const extract_changes& changes, extract& to);

/// What pages of one URL pattern get beside the job's own settings; a member that was not set changes nothing.
struct rule {
  std::string match;
  extract_changes extract;
  std::optional<std::vector<std::string>> follow;
  std::optional<bool> output;
  std::optional<std::int32_t> priority;
  friend bool operator==(const rule&, const rule&) = default;
};
BOOST_DESCRIBE_STRUCT(rule, (), (match, extract, follow, output, priority))

struct expect {
  std::uint64_t pages = 1;
  std::uint64_t items = 0;
  double ok_ratio = 0;
  std::map<std::string, double> fields;
};
BOOST_DESCRIBE_STRUCT(expect, (), (pages, items, ok_ratio, fields))

struct limits {
  duration duration = 0s;
  byte_size bytes;
  std::uint64_t errors = 0;
};
BOOST_DESCRIBE_STRUCT(limits, (), (duration, bytes, errors))

struct job {
  std::string name;
  std::vector<seed> seeds;
  std::vector<std::string> seed_files;
  std::vector<std::string> sitemaps;
  config::scope scope;
  config::politeness politeness;
  config::fetch fetch;
  config::extract extract;
  std::vector<rule> rules;
  config::expect expect;
  config::limits limits;
  std::vector<output_entry> output;
  std::optional<config::schedule> schedule;
};
BOOST_DESCRIBE_STRUCT(job, (), (name, seeds, seed_files, sitemaps, scope, politeness, fetch, extract, rules, expect, limits, output, schedule))

}  // namespace trawl::config
