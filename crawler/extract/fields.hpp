// The job's `extract.fields`: values taken from a tree by selectors, as JSON.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/job.hpp"
#include "crawler/html/selector.hpp"
#include "crawler/url/url.hpp"

namespace re2 {
class RE2;
}

namespace trawl::extract {

/// What is wrong with a job's extraction: dotted path of the key, and why.
using problem_list = std::vector<std::pair<std::string, std::string>>;

/// What one page's extraction shares: what it may still cost, and what it has to say. One thread.
class page_session {
 public:
  explicit page_session(const url::url& base_address) : base(base_address) {}

  /// A line for the record's warnings; the first twenty are kept. `value` is quoted, cut short.
  void warn(std::string_view field, std::string_view message, std::string_view value = {});
  /// False, and said so, when steps or output are used up: then extraction ends with what it has.
  bool goes_on();
  std::vector<std::string> take_warnings() { return std::move(warnings_); }

  const url::url& base;  ///< what URLs are resolved against
  html::match_budget budget;
  std::size_t output = 16UL * 1024 * 1024;  ///< bytes of values that may still be written
 private:
  std::vector<std::string> warnings_;
  bool ended_ = false;
};

/// How often a field had a value, for `expect.fields`.
struct field_fill {
  std::string name;
  std::uint32_t asked = 0, filled = 0;
};

/// One field, compiled. Immutable: usable from several threads.
class field {
 public:
  /// `path` is the key's; what is wrong goes to `problems`, and then the field is of no use.
  field(std::string name, const config::field& settings, const std::string& path, problem_list& problems);

  /// The value in the element `in`, and `in` itself if it matches: JSON text, "null" where nothing matches or converts. With `many` a list.
  struct value {
    std::string json;
    bool filled = false;  ///< the page gave it, and it is neither null nor empty
  };
  value read(html::node in, page_session& session) const;
  const std::string& name() const noexcept { return name_; }

 private:
  value read_all(html::node in, page_session& session) const;
  value convert(std::string_view text, page_session& session) const;

  std::string name_;
  html::selector selector_;
  std::shared_ptr<const re2::RE2> regex_;  ///< shared by the copies of the field
  config::value_type type_;
  bool many_;
  std::string default_;  ///< JSON text
};

/// A table of fields: one JSON object.
class field_table {
 public:
  field_table() = default;
  field_table(const config::field_map& settings, const std::string& path, problem_list& problems);

  bool empty() const noexcept { return fields_.empty(); }
  bool has(std::string_view name) const noexcept;
  /// Appends the object's text to `out`, with `first` (a member, or empty) in front; `fills` counts, in the table's order.
  /// Returns false when a field of `required` (indices) is not filled; `out` is then as before.
  bool read(html::node in, page_session& session, std::string_view first, const std::vector<std::size_t>& required, std::vector<field_fill>& fills, std::string& out) const;
  /// The fields' names with nothing counted.
  std::vector<field_fill> no_fills() const;
  /// The place of a field that the table has.
  std::size_t index(std::string_view name) const noexcept;

 private:
  std::vector<field> fields_;
};

/// Compiles a selector; what is wrong with it goes to `problems` under `path`.
html::selector compile_selector(const std::string& text, const std::string& path, problem_list& problems);

}  // namespace trawl::extract
