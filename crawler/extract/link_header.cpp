#include "crawler/extract/link_header.hpp"

#include <algorithm>
#include <string>

#include "crawler/html/ascii.hpp"

namespace trawl::extract {
namespace {

/// A field value that is read from its front.
class field_reader {
 public:
  explicit field_reader(std::string_view rest) : rest_(rest) {}

  void skip(std::string_view characters) { rest_.remove_prefix(std::min(rest_.find_first_not_of(characters), rest_.size())); }
  bool take(char c) {
    skip(" \t");
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  /// Up to one of the characters, or all.
  std::string_view until(std::string_view characters) {
    const std::string_view out = rest_.substr(0, rest_.find_first_of(characters));
    rest_.remove_prefix(out.size());
    return out;
  }
  /// A token, or a quoted string without its quotes and escapes (RFC 9110, 5.6.4).
  std::string value() {
    if (!take('"')) return std::string(html::trimmed(until(";,")));
    std::string out;
    while (!rest_.empty() && !take_quote()) {
      if (rest_.front() == '\\' && rest_.size() > 1) rest_.remove_prefix(1);
      out += rest_.front();
      rest_.remove_prefix(1);
    }
    return out;
  }

 private:
  bool take_quote() {
    if (rest_.front() != '"') return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::string_view rest_;
};

/// The parameters that matter; of each the first counts (RFC 8288, 3.3: "occurrences after the first MUST be ignored").
struct parameters {
  std::string rel, type;
  bool has_rel = false, has_type = false, has_anchor = false;

  void set(std::string_view name, std::string value) {
    if (name == "rel" && !has_rel) rel = html::lowered(value), has_rel = true;
    if (name == "type" && !has_type) type = html::lowered(html::trimmed(std::string_view(value).substr(0, value.find(';')))), has_type = true;
    if (name == "anchor") has_anchor = true;
  }
  bool is_followed() const {
    if (has_anchor) return false;
    const bool is_page = html::has_word(rel, "next") || html::has_word(rel, "prev") || html::has_word(rel, "canonical");
    return is_page || (html::has_word(rel, "alternate") && (type.empty() || type == "text/html"));
  }
};

}  // namespace

std::vector<raw_link> header_links(std::string_view field, const url::url& document) {
  std::vector<raw_link> out;
  field_reader rest(field);
  for (;;) {
    rest.skip(" \t,");
    if (!rest.take('<')) return out;
    const std::string_view target = rest.until(">");
    if (!rest.take('>')) return out;
    parameters given;
    while (rest.take(';')) {
      const std::string name = html::lowered(html::trimmed(rest.until("=;,")));
      given.set(name, rest.take('=') ? rest.value() : std::string());
    }
    rest.until(",");
    const auto absolute = given.is_followed() ? url::parse(target, &document) : std::nullopt;
    if (absolute) out.push_back({absolute->href(), {}, std::move(given.rel), link_kind::header_link});
  }
}

}  // namespace trawl::extract
