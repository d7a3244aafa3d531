#include "server/crawl/record_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

namespace trawl::server {
namespace {

namespace fs = std::filesystem;

bool is_stdout(const std::string& path) { return path.empty() || path == "-"; }

/// A file whose last line has no end gets one, so that what is appended begins a line.
bool end_last_line(std::FILE* file) {
  if (std::fseek(file, -1, SEEK_END) != 0) return true;  // empty, or no file that one can seek in
  const int last = std::fgetc(file);
  std::fseek(file, 0, SEEK_END);
  return last == '\n' || std::fputc('\n', file) != EOF;
}

}  // namespace

void append_item_rows(std::string& out, std::string_view record) {
  const auto whole = nlohmann::ordered_json::parse(record, nullptr, false);
  if (!whole.is_object() || !whole.contains("items")) return;
  const bool has_final = whole.contains("final_url") && whole["final_url"].is_string();
  const nlohmann::ordered_json url = has_final ? whole["final_url"] : whole.value("url", nlohmann::ordered_json());
  for (const auto& item : whole["items"]) {
    if (!item.is_object()) continue;
    nlohmann::ordered_json line = nlohmann::ordered_json::object();
    if (!item.contains("url")) line["url"] = url;
    line.update(item);
    out += line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    out += '\n';
  }
}

std::expected<void, std::string> record_output::check(const std::string& path, existing what) {
  if (is_stdout(path)) return {};
  const fs::path file(path);
  static constexpr std::array<std::string_view, 2> plain = {".ndjson", ".jsonl"};
  static constexpr std::array<std::string_view, 9> others = {".csv", ".tsv", ".json", ".gz", ".zst", ".warc", ".parquet", ".sqlite", ".db"};
  const std::string suffix = file.extension().string();
  if (std::ranges::find(others, suffix) != others.end())
    return std::unexpected(
        fmt::format("{}: {} output is not available in this version; there is {} (one JSON object a line)", path, suffix, fmt::join(plain, " and ")));
  std::error_code ignored;
  const fs::file_status status = fs::status(file, ignored);
  if (fs::is_directory(status)) return std::unexpected(path + " is a directory; name a file in it");
  if (fs::is_regular_file(status) && what == existing::refuse)
    return std::unexpected(path + " is there already; say --overwrite or --append, or name another file");
  return {};
}

std::expected<record_output, std::string> record_output::open(const std::string& path, existing what, config::row_kind rows) {
  if (const auto fits = check(path, what); !fits) return std::unexpected(fits.error());
  if (is_stdout(path)) return record_output(stdout, "stdout", rows);
  std::FILE* file = std::fopen(path.c_str(), what == existing::append ? "a+e" : "we");
  if (file == nullptr) return std::unexpected(fmt::format("{} can't be written: {}", path, std::strerror(errno)));
  record_output out(file, path, rows);
  if (what == existing::append && !end_last_line(file)) return std::unexpected(fmt::format("{} can't be written: {}", path, std::strerror(errno)));
  return out;
}

record_output::record_output(record_output&& other) noexcept
    : file_(std::exchange(other.file_, nullptr)), name_(std::move(other.name_)), why_(std::move(other.why_)), rows_(other.rows_), state_(other.state_) {}

record_output::~record_output() {
  if (file_ != nullptr && file_ != stdout) std::fclose(file_);
}

write_state record_output::note(bool is_well) {
  if (is_well || state_ != write_state::good) return state_;
  const int reason = errno;
  state_ = file_ == stdout && reason == EPIPE ? write_state::reader_gone : write_state::failed;
  why_ = fmt::format("{} can't be written: {}", name_, std::strerror(reason));
  return state_;
}

write_state record_output::write(std::string_view record) {
  if (state_ != write_state::good) return state_;
  lines_.clear();
  if (rows_ == config::row_kind::items) {
    append_item_rows(lines_, record);
  } else {
    lines_ += record;
    lines_ += '\n';
  }
  return note(std::fwrite(lines_.data(), 1, lines_.size(), file_) == lines_.size());
}

write_state record_output::flush() { return state_ == write_state::good ? note(std::fflush(file_) == 0) : state_; }

}  // namespace trawl::server
