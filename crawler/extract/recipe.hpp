// What a job takes from a page's tree: fields, items, and links of its own. Compiled once, run on every page.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "crawler/async/generator.hpp"
#include "crawler/extract/fields.hpp"

namespace trawl::extract {

/// An entry of a record's items: a JSON object's text. Where a job has several tables, its first member is `table`, the table's name.
using item = std::string;

/// One of `extract.items`, compiled. Immutable: usable from several threads.
class item_table {
 public:
  item_table(const config::item_table& settings, const std::string& path, problem_list& problems);

  /// An item for each match of `each`, in document order; matches that lack a required field are passed over, and one warning counts
  /// them. Lazy: what is not pulled is not looked for. Everything given outlives the generator.
  generator<item> read(html::node root, page_session& session, std::vector<field_fill>& fills) const;
  const field_table& fields() const noexcept { return fields_; }

 private:
  std::string label_;  ///< of warnings
  std::string member_; ///< `"table":"name"`, or empty
  html::selector each_;
  field_table fields_;
  std::vector<std::size_t> required_;
};

/// One of `extract.follow`, compiled.
struct follow_rule {
  html::selector selector;
  std::string url;  ///< with {} for the value; empty: the value is the URL
};

/// What a page gave.
struct extraction {
  std::string fields, items;         ///< JSON text; empty where the job asks for none
  std::size_t item_count = 0;
  std::vector<field_fill> fills;     ///< of the fields and of each table's, in the job's order
  std::vector<std::string> follow;   ///< absolute http(s) URLs without fragment, distinct, document order per rule
  std::vector<std::string> warnings;
};

class recipe {
 public:
  recipe() = default;
  /// `path` is that of the settings, "extract" or "rules[0].extract"; what is wrong goes to `problems`.
  recipe(const config::extract& settings, const std::string& path, problem_list& problems);

  /// False: no page needs a tree for it.
  bool needs_tree() const noexcept { return !fields_.empty() || !items_.empty() || !follow_.empty(); }
  /// Runs it. `root` may be null (no tree): then fields are null and items empty. Bounded by page_session. Pure; any thread.
  extraction run(html::node root, const url::url& base) const;

 private:
  void read_follow(html::node root, page_session& session, extraction& out) const;

  field_table fields_;
  std::vector<item_table> items_;
  std::vector<follow_rule> follow_;
};

}  // namespace trawl::extract
