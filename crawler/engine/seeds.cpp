#include "crawler/engine/seeds.hpp"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "config/seed_line.hpp"
#include "crawler/engine/seeds/byte_lines.hpp"
#include "crawler/engine/seeds/csv.hpp"
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

bool is_json_lines(std::string_view name) noexcept { return name.ends_with(".jsonl") || name.ends_with(".ndjson"); }
bool is_csv(std::string_view name) noexcept { return name.ends_with(".csv"); }

request of_text(std::string url) {
  request r;
  r.seed = url;
  r.url = std::move(url);
  return r;
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

/// Each URL that the seed's braces stand for.
generator<request> expanded(const config::seed& s) {
  const request base = to_request(s);
  for (auto&& text : url::expand(s.url)) {
    request r = base;
    r.url = r.seed = std::move(text);
    co_yield std::move(r);
  }
}

constexpr const char* credentials = "has credentials in its URL; they belong into fetch.auth, which is not available in this version";

std::string place(const std::string& name, std::size_t line) { return name + ":" + std::to_string(line); }

generator<request> plain_lines(byte_lines& in, std::string name, seed_report on_problem) {
  while (const auto line = in.next()) {
    const std::string_view text = trimmed(*line);
    if (text.empty() || text.front() == '#') continue;
    if (in.was_cut()) {
      on_problem(place(name, in.number()), "is longer than 8 MiB");
    } else if (config::has_credentials(text)) {
      on_problem(place(name, in.number()), credentials);
    } else {
      co_yield of_text(std::string(text));
    }
  }
}

generator<request> json_lines(byte_lines& in, std::string name, seed_report on_problem) {
  std::vector<config::problem> problems;
  while (const auto line = in.next()) {
    const std::string_view text = trimmed(*line);
    if (text.empty()) continue;
    const auto seed = config::read_seed_line(text, name, static_cast<int>(in.number()), problems);
    std::string all;
    for (const config::problem& p : problems) all += (all.empty() ? "" : "; ") + (p.path.empty() ? "" : p.path + ": ") + p.message;
    problems.clear();
    if (!seed) on_problem(place(name, in.number()), all);
    if (seed)
      for (auto&& r : expanded(*seed)) co_yield std::move(r);
  }
}

/// The next row that is not blank, with the number of its first line; nullopt at the end.
std::optional<std::pair<csv_row, std::size_t>> next_row(byte_lines& in) {
  while (auto line = in.next()) {
    if (trimmed(*line).empty()) continue;
    std::pair<csv_row, std::size_t> out{{}, in.number()};
    while (!out.first.add(*line) && out.first.size() < byte_lines::longest) {
      line = in.next();
      if (!line) break;
    }
    return out;
  }
  return std::nullopt;
}

constexpr const char* no_url_column = "its first row has no column named url";

std::optional<std::size_t> url_column(const csv_row& header) {
  const auto at = std::ranges::find(header.cells(), "url");
  return at == header.cells().end() ? std::nullopt : std::optional(static_cast<std::size_t>(at - header.cells().begin()));
}

request of_row(const csv_row& row, const csv_row& header, std::size_t url) {
  request r = of_text(std::string(trimmed(row.cells()[url])));
  json meta = json::object();
  for (std::size_t i = 0; i < row.cells().size() && i < header.cells().size(); ++i)
    if (i != url) meta[header.cells()[i]] = row.cells()[i];
  if (!meta.empty()) r.meta = meta.dump(-1, ' ', false, json::error_handler_t::replace);
  return r;
}

generator<request> csv_rows(byte_lines& in, std::string name, seed_report on_problem) {
  const auto header = next_row(in);
  if (!header) co_return;
  const auto url = url_column(header->first);
  if (!url) {
    on_problem(name, no_url_column);
    co_return;
  }
  while (const auto row = next_row(in)) {
    const auto& [cells, line] = *row;
    if (cells.is_open()) {
      on_problem(place(name, line), "a quoted cell without its end");
    } else if (cells.cells().size() <= *url || trimmed(cells.cells()[*url]).empty()) {
      on_problem(place(name, line), "no value in the column url");
    } else if (config::has_credentials(trimmed(cells.cells()[*url]))) {
      on_problem(place(name, line), credentials);
    } else {
      co_yield of_row(cells, header->first, *url);
    }
  }
}

/// What is wrong with a file that is there; empty: nothing.
std::string wrong_with(const std::string& path) {
  auto in = byte_lines::open(path, -1);
  if (!in) return in.error();
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return "is a directory";
  if (!std::filesystem::is_regular_file(path, ignored)) return {};  // a pipe: what is read is gone
  if (is_csv(path)) {
    const auto header = next_row(*in);
    if (header && !url_column(header->first)) return no_url_column;
  } else {
    static_cast<void>(in->next());
  }
  return in->problem();
}

}  // namespace

generator<request> expand_seed(config::seed s) {
  for (auto&& one : expanded(s)) co_yield std::move(one);
}

request text_seed(std::string url) { return of_text(std::move(url)); }

generator<request> job_seeds(const config::job& job) {
  for (const config::seed& s : job.seeds)
    for (auto&& r : expanded(s)) co_yield std::move(r);
}

generator<request> file_seeds(const config::job& job, seed_report on_problem, int stop) {
  for (const std::string& path : job.seed_files) {
    auto in = byte_lines::open(path, stop);
    if (!in) {
      on_problem(path, in.error());
      continue;
    }
    auto all = is_json_lines(path) ? json_lines(*in, path, on_problem) : is_csv(path) ? csv_rows(*in, path, on_problem) : plain_lines(*in, path, on_problem);
    for (auto&& r : all) co_yield std::move(r);
    if (!in->problem().empty()) on_problem(path, in->problem());
  }
}

generator<request> seeds(const config::job& job, seed_report on_problem) {
  for (auto&& r : job_seeds(job)) co_yield std::move(r);
  for (auto&& r : file_seeds(job, std::move(on_problem), -1)) co_yield std::move(r);
}

std::vector<std::pair<std::string, std::string>> unreadable_seed_files(const config::job& job) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const std::string& path : job.seed_files) {
    if (path == "-" || path.empty()) continue;
    if (path.ends_with(".gz") || path.ends_with(".zst")) {
      out.emplace_back(path, "compressed seed files are not available in this version; unpack it, or pipe it to '-'");
    } else if (std::string why = wrong_with(path); !why.empty()) {
      out.emplace_back(path, std::move(why));
    }
  }
  return out;
}

}  // namespace trawl::engine
