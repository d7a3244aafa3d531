#include "server/crawl/retry_codes.hpp"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "config/document/text.hpp"
#include "crawler/model/error.hpp"
#include "crawler/url/pattern.hpp"

namespace trawl::server {
namespace {

using json = nlohmann::json;

std::vector<std::string_view> error_names() {
  std::vector<std::string_view> out;
  for (auto code = static_cast<int>(errc::dns_not_found); code <= static_cast<int>(errc::internal); ++code) out.push_back(to_string(static_cast<errc>(code)));
  return out;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// "404" or "5xx".
bool is_status(std::string_view word) {
  if (word.size() != 3 || word[0] < '1' || word[0] > '5') return false;
  return word.substr(1) == "xx" || (is_digit(word[1]) && is_digit(word[2]));
}

/// Reads a record until its status and its error are known: what the page held comes behind them.
struct fate_reader : json::json_sax_t {
  int depth = 0;
  bool is_in_error = false;
  std::string name, status, code;

  bool value() const { return true; }
  bool null() override { return value(); }
  bool boolean(bool) override { return value(); }
  bool number_integer(number_integer_t n) override { return take_number(std::to_string(n)); }
  bool number_unsigned(number_unsigned_t n) override { return take_number(std::to_string(n)); }
  bool number_float(number_float_t, const string_t&) override { return value(); }
  bool binary(binary_t&) override { return value(); }
  bool string(string_t& text) override {
    if (is_in_error && depth == 2 && name == "code") code = text;
    return value();
  }
  bool start_object(std::size_t) override {
    is_in_error = ++depth == 2 && name == "error";
    return true;
  }
  bool end_object() override {
    --depth;
    return true;
  }
  bool start_array(std::size_t) override {
    ++depth;
    return true;
  }
  bool end_array() override { return end_object(); }
  bool key(string_t& text) override {
    name = text;
    return depth != 1 || name != "outcome";  // it stands behind both
  }
  bool parse_error(std::size_t, const std::string&, const json::exception&) override { return false; }

  bool take_number(std::string text) {
    if (depth == 1 && name == "status") status = std::move(text);
    return true;
  }
};

}  // namespace

std::expected<retry_codes, std::string> retry_codes::parse(std::string_view list) {
  retry_codes out;
  const auto names = error_names();
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    std::string_view word = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    while (word.starts_with(' ')) word.remove_prefix(1);
    while (word.ends_with(' ')) word.remove_suffix(1);
    if (word.empty()) continue;
    if (is_status(word)) {
      out.statuses_.emplace_back(word);
    } else if (std::ranges::any_of(names, [&](std::string_view name) { return url::glob_matches(word, name); })) {
      out.errors_.emplace_back(word);
    } else {
      const std::string near = config::nearest(word, names);
      return std::unexpected("'" + std::string(word) + "' is no error code and no status such as 503 or 5xx" + (near.empty() ? "" : "; did you mean " + near + "?"));
    }
  }
  if (out.errors_.empty() && out.statuses_.empty()) return std::unexpected("it names no code");
  return out;
}

bool retry_codes::match(std::string_view record) const {
  fate_reader fate;
  json::sax_parse(record.begin(), record.end(), &fate);
  const auto is_meant = [&](const std::string& status) { return status.size() == 3 && fate.status.starts_with(status.substr(0, status.ends_with("xx") ? 1 : 3)); };
  return (!fate.code.empty() && std::ranges::any_of(errors_, [&](const std::string& glob) { return url::glob_matches(glob, fate.code); })) ||
         (!fate.status.empty() && std::ranges::any_of(statuses_, is_meant));
}

}  // namespace trawl::server
