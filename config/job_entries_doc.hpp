// The words and bounds of the tables in job_entries.hpp.
#pragma once
#include "config/describe.hpp"
#include "config/job_entries.hpp"

namespace trawl::config {

inline constexpr double day = 86400, gibi = 1ULL << 30, tebi = 1ULL << 40, no_limit = std::numeric_limits<double>::infinity();

template <>
struct described<basic_auth> {
  static constexpr row rows[] = {
      {"user", "user name", 0, no_limit, trust::any, state::ready, true, true},
      {"password", "password", 0, no_limit, trust::any, state::ready, true, true},
  };
};

template <>
struct described<auth_entry> {
  static constexpr row rows[] = {
      {"host", "name[:port] they go to; without a port every port of that host", 0, no_limit, trust::any, state::ready, false, true},
      {"basic", "user and password (RFC 7617)", 0, no_limit, trust::any, state::ready, true},
      {"bearer", "token (RFC 6750)", 0, no_limit, trust::any, state::ready, true},
      {"cookie", "cookies as a=b; c=d", 0, no_limit, trust::any, state::ready, true},
      {"headers", "request headers", 0, no_limit, trust::any, state::ready, true},
  };
};

template <>
struct described<login> {
  static constexpr row rows[] = {
      {"page", "URL of the page with the form; scope and robots.txt do not apply to it", 0, no_limit, trust::any, state::ready, false, true},
      {"form", "selector of the form, or of something in it", 0, no_limit, trust::any, state::ready, false, true},
      {"set", "fields to fill in, by name; the others, hidden ones too, are sent as they are", 0, no_limit, trust::any, state::ready, true},
      {"ok", "selector that only a page behind the login has; null: it succeeded where the answer is no error and the form has gone"},
  };
};

template <>
struct described<output_entry> {
  static constexpr row rows[] = {
      {"type", "format"},
      {"path", "file; {name} {run} {date} {part} are filled in"},
      {"dir", "directory of a warc output"},
      {"rows", "a line for each record, or for each item"},
      {"roll_size", "a new part begins behind it", 1 << 20, tebi},
  };
};

template <>
struct described<schedule> {
  static constexpr row rows[] = {
      {"cron", "five fields, minute hour day month weekday, as in crontab; or @hourly @daily @weekly @monthly @yearly", 0, no_limit, trust::any, state::ready, false, true},
      {"timezone", "IANA name such as Europe/Berlin"},
      {"overlap", "when the run before is still going: leave this one out, or run it behind it"},
      {"state", "fresh: a new job each time; continue: the last one goes on with its state"},
  };
};

}  // namespace trawl::config
