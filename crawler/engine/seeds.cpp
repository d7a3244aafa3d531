#include "crawler/engine/seeds.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "crawler/model/response.hpp"
#include "crawler/url/expand.hpp"
#include "crawler/url/url.hpp"

namespace trawl::engine {
namespace {

using nlohmann::json;

std::string_view trimmed(std::string_view s) noexcept {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t' || s.front() == '\r')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t' || s.back() == '\r')) s.remove_suffix(1);
  return s;
}

bool has_header(const header_list& headers, std::string_view name) {
  for (const auto& h : headers)
    if (equal_ignoring_case(h.first, name)) return true;
  return false;
}

request to_request(const config::seed& s) {
  request r;
  r.url = s.url;
  r.seed = s.url;
  r.method = s.method;
  for (const auto& [name, value] : s.headers) r.headers.emplace_back(name, value);
  if (!s.json.is_null()) {
    r.body = s.json.dump();
    if (!has_header(r.headers, "content-type")) r.headers.emplace_back("Content-Type", "application/json");
  } else if (!s.form.empty()) {
    for (const auto& [name, value] : s.form) {
      if (!r.body.empty()) r.body += '&';
      r.body += url::form_encode(name) + "=" + url::form_encode(value);
    }
    if (!has_header(r.headers, "content-type")) r.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  } else if (s.body) {
    r.body = *s.body;
  }
  if (!r.body.empty() && s.method == "GET") r.method = "POST";
  r.idempotent = r.method == "GET" || r.method == "HEAD" || s.idempotent;
  r.depth = s.depth;
  r.priority = s.priority;
  if (!s.meta.is_null() && !s.meta.empty()) r.meta = s.meta.dump();
  return r;
}

/// RFC 4180: one line into cells; a quoted cell may hold commas and doubled quotes.
std::vector<std::string> csv_cells(std::string_view line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (quoted && line[i] == '"' && i + 1 < line.size() && line[i + 1] == '"') {
      cells.back() += line[i++];
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (line[i] == ',' && !quoted) {
      cells.emplace_back();
    } else {
      cells.back() += line[i];
    }
  }
  return cells;
}

/// One line of a .jsonl seed file: a string or a table as in the job file.
std::optional<request> from_json_line(std::string_view line) {
  const json j = json::parse(line, nullptr, false);
  request r;
  if (j.is_string()) {
    r.url = r.seed = j.get<std::string>();
    return r;
  }
  if (!j.is_object() || !j.contains("url") || !j["url"].is_string()) return std::nullopt;
  config::seed s;
  s.url = j["url"].get<std::string>();
  s.method = j.value("method", json("GET")).is_string() ? j.value("method", std::string("GET")) : "GET";
  if (j.contains("json")) s.json = j["json"];
  if (j.contains("body") && j["body"].is_string()) s.body = j["body"].get<std::string>();
  if (j.contains("meta")) s.meta = j["meta"];
  if (j.contains("depth") && j["depth"].is_number_unsigned()) s.depth = j["depth"].get<std::uint32_t>();
  if (j.contains("priority") && j["priority"].is_number_integer()) s.priority = j["priority"].get<std::int32_t>();
  return to_request(s);
}

generator<request> lines_of(std::istream& in, std::string name, std::function<void(const std::string&, const std::string&)> on_problem) {
  const bool is_jsonl = name.ends_with(".jsonl") || name.ends_with(".ndjson");
  const bool is_csv = name.ends_with(".csv");
  std::vector<std::string> columns;
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    const std::string_view text = trimmed(line);
    if (text.empty() || (!is_jsonl && !is_csv && text.front() == '#')) continue;
    request r;
    if (is_jsonl) {
      auto parsed = from_json_line(text);
      if (!parsed) {
        on_problem(name + ":" + std::to_string(number), "not a JSON string or an object with a url");
        continue;
      }
      r = std::move(*parsed);
    } else if (is_csv && columns.empty()) {
      columns = csv_cells(text);
      continue;
    } else if (is_csv) {
      json meta = json::object();
      const auto cells = csv_cells(text);
      for (std::size_t i = 0; i < cells.size() && i < columns.size(); ++i) {
        if (columns[i] == "url") {
          r.url = r.seed = cells[i];
        } else {
          meta[columns[i]] = cells[i];
        }
      }
      if (r.url.empty()) {
        on_problem(name + ":" + std::to_string(number), "no value in a column named url");
        continue;
      }
      if (!meta.empty()) r.meta = meta.dump(-1, ' ', false, json::error_handler_t::replace);
    } else {
      r.url = r.seed = std::string(text);
    }
    co_yield std::move(r);
  }
}

}  // namespace

generator<request> seeds(const config::job& job, std::function<void(const std::string&, const std::string&)> on_problem) {
  for (const config::seed& s : job.seeds) {
    const request base = to_request(s);
    for (auto&& text : url::expand(s.url)) {
      request r = base;
      r.url = r.seed = std::move(text);
      co_yield std::move(r);
    }
  }
  for (const std::string& path : job.seed_files) {
    std::ifstream file;
    if (path != "-") {
      file.open(path, std::ios::binary);
      if (!file) {
        on_problem(path, std::strerror(errno));
        continue;
      }
    }
    std::istream& in = path == "-" ? std::cin : file;
    for (auto&& r : lines_of(in, path, on_problem)) co_yield std::move(r);
  }
}

std::vector<std::pair<std::string, std::string>> unreadable_seed_files(const config::job& job) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const std::string& path : job.seed_files) {
    if (path == "-") continue;
    if (path.ends_with(".gz") || path.ends_with(".zst")) {
      out.emplace_back(path, "compressed seed files are not available in this version; unpack it, or pipe it to '-'");
      continue;
    }
    std::ifstream file(path, std::ios::binary);
    if (!file) {
      out.emplace_back(path, std::strerror(errno));
    } else if (file.peek(); file.bad()) {
      out.emplace_back(path, "can't be read");
    }
  }
  return out;
}

}  // namespace trawl::engine
