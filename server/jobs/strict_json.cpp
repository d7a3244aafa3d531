#include "server/jobs/strict_json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "crawler/model/json_text.hpp"

namespace trawl::server {
namespace {

constexpr std::size_t deepest = 32;
constexpr std::size_t most_values = 200'000;

/// Writes what it is told as JSON text again. Returning false ends the parse.
class rewriter final : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::string out, wrong;
  std::size_t failed_at = 0;  ///< bytes read when it was seen to be no JSON, the offending one included

  bool null() override { return put("null"); }
  bool boolean(bool v) override { return put(v ? "true" : "false"); }
  bool number_integer(number_integer_t v) override { return put(std::to_string(v)); }
  bool number_unsigned(number_unsigned_t v) override { return put(std::to_string(v)); }
  bool number_float(number_float_t, const string_t& written) override { return put(written); }
  bool string(string_t& v) override {
    if (!begin()) return false;
    append_json_string(out, v);
    return true;
  }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open('{'); }
  bool start_array(std::size_t) override { return open('['); }
  bool end_object() override { return close('}'); }
  bool end_array() override { return close(']'); }
  bool key(string_t& name) override {
    level& at = levels_.back();
    if (!at.keys.insert(name).second) return stop("a key stands twice in one object");
    if (!at.is_first) out += ", ";
    at.is_first = false;
    append_json_string(out, name);
    out += ": ";
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    failed_at = position;
    return stop("not JSON");
  }

 private:
  struct level {
    bool is_array = false, is_first = true;
    std::set<std::string> keys;
  };

  bool stop(std::string why) {
    wrong = std::move(why);
    return false;
  }
  bool begin() {
    if (++values_ > most_values) return stop("more than 200,000 values");
    if (levels_.empty() || !levels_.back().is_array) return true;
    if (!levels_.back().is_first) out += ", ";
    levels_.back().is_first = false;
    return true;
  }
  bool put(std::string_view text) {
    if (!begin()) return false;
    out += text;
    return true;
  }
  bool open(char bracket) {
    if (!begin()) return false;
    if (levels_.size() == deepest) return stop("nested deeper than 32 levels");
    levels_.push_back({bracket == '[', true, {}});
    out += bracket;
    return true;
  }
  bool close(char bracket) {
    levels_.pop_back();
    out += bracket;
    return true;
  }

  std::vector<level> levels_;
  std::size_t values_ = 0;
};

/// "line 2, column 13: ", from 1, columns in bytes.
std::string place_of(std::string_view text, std::size_t read) {
  const std::string_view before = text.substr(0, std::min(read == 0 ? 0 : read - 1, text.size()));
  const auto lines = std::ranges::count(before, '\n');
  const std::size_t begin = before.rfind('\n') + 1;  // 0 where there is none
  return "line " + std::to_string(lines + 1) + ", column " + std::to_string(before.size() - begin + 1) + ": ";
}

}  // namespace

std::expected<std::string, std::string> normalise_json(std::string_view text) {
  rewriter handler;
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &handler)) {
    if (handler.wrong.empty()) handler.wrong = "not JSON";
    return std::unexpected(handler.failed_at == 0 ? handler.wrong : place_of(text, handler.failed_at) + handler.wrong);
  }
  return std::move(handler.out);
}

}  // namespace trawl::server
