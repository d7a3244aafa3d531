#include "crawler/extract/fields.hpp"

#include <re2/re2.h>

#include <algorithm>

#include "crawler/extract/values.hpp"
#include "crawler/html/serialize.hpp"
#include "crawler/model/json_text.hpp"

namespace trawl::extract {
namespace {

constexpr std::size_t most_warnings = 20, longest_quote = 60, most_values = 100'000;

std::string_view cut(std::string_view s, std::size_t most) noexcept {
  if (s.size() <= most) return s;
  while (most > 0 && (static_cast<unsigned char>(s[most]) & 0xC0U) == 0x80) --most;  // not inside a character
  return s.substr(0, most);
}

/// The first group, else the whole match; false if there is none.
bool take_match(const re2::RE2& regex, std::string_view& text) {
  re2::StringPiece found[2];
  const int wanted = std::min(regex.NumberOfCapturingGroups(), 1) + 1;
  if (!regex.Match(re2::StringPiece(text.data(), text.size()), 0, text.size(), re2::RE2::UNANCHORED, found, wanted)) return false;
  const re2::StringPiece& piece = found[wanted - 1];
  text = piece.data() == nullptr ? std::string_view() : std::string_view(piece.data(), piece.size());
  return true;
}

std::string_view expected_of(config::value_type type) noexcept {
  using enum config::value_type;
  switch (type) {
    case string: return "is no text";
    case number: return "is no number";
    case integer: return "is no whole number";
    case boolean: return "is neither true nor false";
    case url: return "is no URL";
    case date: return "is no date";
    case json: return "is no JSON";
  }
  return {};
}

}  // namespace

void page_session::warn(std::string_view field, std::string_view message, std::string_view value) {
  if (warnings_.size() > most_warnings) return;
  if (warnings_.size() == most_warnings) return warnings_.emplace_back("more values did not convert"), void();
  std::string line(field);
  line += ": ";
  if (!value.empty()) line.append("'").append(cut(value, longest_quote)).append(value.size() > longest_quote ? "…' " : "' ");
  warnings_.push_back(line.append(message));
}

bool page_session::goes_on() {
  if (budget.steps > 0 && output > 0) return true;
  if (!ended_) warnings_.emplace_back(output == 0 ? "extraction ended: more than 16 MiB of values" : "extraction ended: too many elements for its selectors");
  ended_ = true;
  return false;
}

html::selector compile_selector(const std::string& text, const std::string& path, problem_list& problems) {
  auto compiled = html::selector::compile(text);
  if (compiled) return std::move(*compiled);
  problems.emplace_back(path, "not a CSS selector: " + to_string(compiled.error()));
  return {};
}

field::field(std::string name, const config::field& settings, const std::string& path, problem_list& problems)
    : name_(std::move(name)), type_(settings.type), many_(settings.many), default_(settings.default_.is_null() && many_ ? "[]" : settings.default_.dump()) {
  if (settings.css) {
    selector_ = compile_selector(*settings.css, path + ".css", problems);
  } else {
    problems.emplace_back(path, "expected a selector: css");
  }
  if (!settings.regex) return;
  auto regex = std::make_shared<re2::RE2>(re2::StringPiece(*settings.regex), re2::RE2::Quiet);
  if (!regex->ok()) problems.emplace_back(path + ".regex", "not a regular expression: " + regex->error());
  regex_ = std::move(regex);
}

field::value field::read(html::node in, page_session& session) const {
  if (many_) return read_all(in, session);
  for (const html::selector_match match : selector_.select(in, session.budget)) {
    const auto text = match.value();
    if (!text) continue;  // ::attr(x) means the first that has an x
    value out = convert(*text, session);
    if (!out.json.empty()) return out;
    break;
  }
  return {default_, false};
}

field::value field::read_all(html::node in, page_session& session) const {
  value out{"[", false};
  std::size_t count = 0;
  for (const html::selector_match match : selector_.select(in, session.budget)) {
    const auto text = match.value();
    if (!text) continue;
    const value one = convert(*text, session);
    if (one.json.empty()) continue;
    if (out.json.size() > 1) out.json += ',';
    out.json += one.json;
    out.filled = out.filled || one.filled;
    if (++count >= most_values || !session.goes_on()) break;
  }
  if (count == 0) return {default_, false};
  out.json += ']';
  return out;
}

/// Empty where there is no value: the regex does not match, or nothing stands where something else than text is asked for.
field::value field::convert(std::string_view text, page_session& session) const {
  session.output -= std::min(session.output, text.size());
  if (regex_ && !take_match(*regex_, text)) return {};
  if (text.empty() && type_ != config::value_type::string) return {};
  auto json = to_json_value(text, type_, session.base);
  if (json) session.output -= std::min(session.output, json->size());  // a URL has all of its base in it
  if (json) return {std::move(*json), !text.empty()};
  session.warn(name_, expected_of(type_), text);
  return {"null", false};
}

field_table::field_table(const config::field_map& settings, const std::string& path, problem_list& problems) {
  for (const auto& [name, one] : settings) fields_.emplace_back(name, one, path + "." + name, problems);
}

bool field_table::has(std::string_view name) const noexcept { return index(name) < fields_.size(); }

std::size_t field_table::index(std::string_view name) const noexcept {
  return static_cast<std::size_t>(std::ranges::find(fields_, name, &field::name) - fields_.begin());
}

bool field_table::read(html::node in, page_session& session, std::string_view first, const std::vector<std::size_t>& required, std::vector<field_fill>& fills, std::string& out) const {
  std::vector<field::value> values;
  values.reserve(fields_.size());
  for (const field& f : fields_) values.push_back(session.goes_on() ? f.read(in, session) : field::value{"null", false});
  if (std::ranges::any_of(required, [&](std::size_t i) { return !values[i].filled; })) return false;
  const std::size_t before = out.size();
  out.append("{").append(first);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (out.back() != '{') out += ',';
    append_json_string(out, fields_[i].name());
    out.append(":").append(values[i].json);
    ++fills[i].asked;
    if (values[i].filled) ++fills[i].filled;
  }
  out += '}';
  session.output -= std::min(session.output, out.size() - before);
  return true;
}

std::vector<field_fill> field_table::no_fills() const {
  std::vector<field_fill> out;
  for (const field& f : fields_) out.push_back({f.name(), 0, 0});
  return out;
}

}  // namespace trawl::extract
