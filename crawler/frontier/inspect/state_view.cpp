#include "crawler/frontier/inspect/state_view.hpp"

#include <algorithm>

#include "crawler/frontier/log/bytes.hpp"
#include "crawler/frontier/store/state_directory.hpp"
#include "crawler/url/url.hpp"

namespace trawl::frontier {

using namespace store;
namespace fs = std::filesystem;

namespace {

fs::path checked(fs::path directory) {
  state_directory::check(directory);
  return directory;
}

/// What stands behind a prefix in the table of odds and ends.
std::vector<std::pair<std::string, std::string>> entries(const database& from, std::string_view prefix) {
  std::vector<std::pair<std::string, std::string>> out;
  from.each(table::meta, prefix, "", [&](std::string_view key, std::string_view value) {
    out.emplace_back(key.substr(prefix.size()), value);
    return true;
  });
  return out;
}

}  // namespace

state_view::state_view(fs::path directory)
    : path_(checked(std::move(directory))), db_(path_ / "tables", database::access::read), files_(path_ / "records"), journal_(0) {
  if (const auto bytes = db_.get(table::meta, "job")) numbers_ = decode_job(*bytes).value_or(job_row{});
  journal_.replay(db_, {.host = [this](const std::string& name, const host_row& row) { hosts_[name] = row; }, .job = [this](const job_row& row) { numbers_ = row; }});
  if (const auto bytes = db_.get(table::meta, "key")) {
    byte_reader in(*bytes);
    key_.k0 = in.fixed64();
    key_.k1 = in.fixed64();
  }
}

std::string state_view::job() const { return state_directory::job_of(path_).value_or(""); }

std::vector<std::pair<std::string, std::string>> state_view::consumers() const { return entries(db_, "consumer/"); }

std::vector<std::string> state_view::joined() const {
  std::vector<std::string> out;
  for (auto& [url, nothing] : entries(db_, "joined/")) out.push_back(std::move(url));
  return out;
}

std::uint64_t state_view::hosts() const {
  std::uint64_t out = hosts_.size();
  db_.each(table::hosts, "", "", [&](std::string_view name, std::string_view) {
    out += hosts_.contains(std::string(name)) ? 0 : 1;
    return true;
  });
  return out;
}

void state_view::each_host(const std::function<void(std::string_view, const host_row&)>& then) const {
  for (const auto& [name, row] : hosts_) then(name, row);  // the journal's are newer than the table's
  db_.each(table::hosts, "", "", [&](std::string_view name, std::string_view value) {
    const auto row = hosts_.contains(std::string(name)) ? std::nullopt : decode_host(value);
    if (row) then(name, *row);
    return true;
  });
}

std::uint64_t state_view::table_bytes() const {
  std::uint64_t out = 0;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(path_ / "tables", ignored))
    if (const auto size = entry.file_size(ignored); !ignored) out += size;
  return out;
}

fs::file_time_type state_view::written_at() const {
  std::error_code ignored;
  fs::file_time_type last = fs::last_write_time(path_ / "version", ignored);
  for (const char* part : {"tables", "records"})
    for (const auto& entry : fs::directory_iterator(path_ / part, ignored))
      if (const auto time = entry.last_write_time(ignored); !ignored) last = std::max(last, time);
  return last;
}

std::optional<spot> state_view::last_record() const {
  const auto row = db_.last(table::log);
  const auto log = row ? decode_log(row->second) : std::nullopt;
  return log ? std::optional(log->where) : std::nullopt;
}

host_row state_view::host(const std::string& name) const {
  if (const auto later = hosts_.find(name); later != hosts_.end()) return later->second;
  const auto bytes = db_.get(table::hosts, name);
  return bytes ? decode_host(*bytes).value_or(host_row{}) : host_row{};
}

std::uint64_t state_view::count_ahead(const std::string& host, const std::string& key) const {
  std::uint64_t out = 0;
  db_.each(table::queue, host_prefix(host), "", [&](std::string_view at, std::string_view) { return at < key && (++out, true); });
  return out;
}

void state_view::read_record(std::uint64_t seq, known_url& into) const {
  into.seq = seq;
  const auto bytes = db_.get(table::log, number_key(seq));
  const auto row = bytes ? decode_log(*bytes) : std::nullopt;
  auto payload = row ? files_.read(row->where) : std::nullopt;
  if (payload && !payload->empty()) into.record = payload->substr(1);
}

std::optional<known_url> state_view::find_own(const std::string& key) const {
  const auto name = parse_row_key(key);
  if (!name) return std::nullopt;
  known_url out;
  out.host = host(name->host);
  if (const auto bytes = db_.get(table::queue, key)) {
    auto row = decode_queued(*name, *bytes);
    if (!row) return std::nullopt;
    out.what = std::move(*row);
    out.ahead = count_ahead(name->host, key);
    return out;
  }
  const auto bytes = db_.get(table::done, key);
  auto row = bytes ? decode_done(*name, *bytes) : std::nullopt;
  if (!row) return std::nullopt;
  out.is = known_url::fate::recorded;
  out.what = std::move(row->what);
  read_record(row->seq, out);
  return out;
}

std::optional<seen_row> state_view::whose(std::uint64_t fingerprint) const {
  const auto later = journal_.find(fingerprint);
  if (later == seen_map::fate::forgotten) return std::nullopt;
  if (later == seen_map::fate::known) return journal_.whose(fingerprint);
  const auto bytes = db_.get(table::seen, number_key(fingerprint));
  return bytes ? decode_seen(*bytes) : std::nullopt;
}

std::optional<known_url> state_view::find(std::string_view url, std::string_view method, std::string_view body) const {
  const auto seen = whose(url::fingerprint(key_, url, method, body));
  if (!seen) return std::nullopt;
  if (!seen->holder.empty()) {
    auto out = find_own(seen->holder);
    if (out) out->is = known_url::fate::target;
    return out;
  }
  const auto address = url::parse(url);
  return address ? find_own(row_key(address->host_port(), seen->at)) : std::nullopt;
}

}  // namespace trawl::frontier
