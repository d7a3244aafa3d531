// The record: one JSON line per URL and visit, the only thing a crawl gives. Pure data and its writer; key order is fixed.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crawler/model/error.hpp"
#include "crawler/model/link.hpp"
#include "crawler/model/request.hpp"
#include "crawler/model/response.hpp"

namespace trawl {

/// What a rule of robots.txt said of the URL.
struct robots_note {
  bool allowed = true;
  std::string rule;
};

/// Everything a record can hold. What is empty or absent is left out where the contract says so.
struct record {
  std::string job;
  request asked;
  std::string final_url;
  std::optional<int> status;
  std::optional<error> failure;
  std::string fetched_at;  ///< RFC 3339 UTC with ms; empty: null
  double elapsed_ms = 0;
  std::uint32_t attempts = 0, visit = 1;
  std::string_view outcome = "new";  ///< on revisits changed, unchanged or gone; refers to a literal
  std::string http_version, ip, content_type, charset;  ///< empty: null
  std::uint64_t wire_bytes = 0, bytes = 0;
  truncation truncated = truncation::none;
  bool from_cache = false, tls_verified = true, noindex = false;
  std::string duplicate_of;
  std::optional<robots_note> robots;
  std::vector<redirect_hop> redirects;
  std::optional<header_list> headers;
  std::string sha256, simhash;  ///< hex; empty: absent
  std::string title;
  std::optional<std::vector<link>> links;
  std::string metadata, fields, items;  ///< JSON text; empty: absent
  std::optional<std::string> text, markdown, html;
  std::vector<std::string> warnings;
};

/// One JSON object without a line end. It begins `{"job":…,"seq":0,`: the result log puts the number in.
std::string to_json(const record& r);

/// RFC 3339, UTC, milliseconds: "2026-01-02T03:04:05.678Z".
std::string to_rfc3339(std::chrono::system_clock::time_point t);

}  // namespace trawl
