#include "server/jobs/job_json.hpp"

#include <algorithm>
#include <string_view>

#include "crawler/model/json_text.hpp"

namespace trawl::server {
namespace {

std::size_t digits(std::string_view text, std::size_t from) noexcept {
  const std::size_t end = text.find_first_not_of("0123456789", from);
  return (end == std::string_view::npos ? text.size() : end) - from;
}

/// RFC 8259, 6.
bool is_json_number(std::string_view text) noexcept {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const std::size_t whole = digits(text, at);
  if (whole == 0 || (whole > 1 && text[at] == '0')) return false;
  at += whole;
  if (at < text.size() && text[at] == '.') {
    const std::size_t part = digits(text, at + 1);
    if (part == 0) return false;
    at += 1 + part;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const std::size_t power = digits(text, at);
    if (power == 0) return false;
    at += power;
  }
  return at == text.size();
}

/// A value that ${…} filled may be a number though it stands in quotes; a text that looks like one arrives as the same text.
void append_scalar(std::string& out, const config::node& n) {
  const bool is_plain = !n.quoted || n.filled;
  const auto is_word = [&n](std::string_view lower, std::string_view title, std::string_view upper) { return n.text == lower || n.text == title || n.text == upper; };
  if (is_plain && is_json_number(n.text)) out += n.text;
  else if (!n.quoted && is_word("true", "True", "TRUE")) out += "true";
  else if (!n.quoted && is_word("false", "False", "FALSE")) out += "false";
  else append_json_string(out, n.text);
}

void append(std::string& out, const config::node& n) {
  switch (n.is) {
    case config::node::kind::null: out += "null"; return;
    case config::node::kind::scalar: append_scalar(out, n); return;
    case config::node::kind::list:
      out += '[';
      for (const config::node& item : n.list) {
        if (&item != n.list.data()) out += ',';
        append(out, item);
      }
      out += ']';
      return;
    case config::node::kind::table: {
      json_object o(out);
      for (const config::table_entry& entry : n.table) {
        o.key(entry.first);
        append(out, entry.second);
      }
      o.close();
      return;
    }
  }
}

}  // namespace

std::string to_json_text(const config::node& document) {
  std::string out;
  append(out, document);
  return out;
}

void check_for_sending(config::loaded_job& loaded, const std::string& text) {
  config::load_options options;
  options.source = config::trust::any;
  options.as = config::format::json;
  options.operator_allows = [](std::string_view) { return true; };  // what the operator allows only the service knows
  for (const config::problem& p : config::load_job_text(text, "job", options).problems) loaded.add(p.path, p.message);
}

}  // namespace trawl::server
