// A document as it was written: scalars with their text, each value with its place in the file. YAML 1.2, and JSON as its subset.
#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trawl::config {

struct table_entry;

struct node {
  enum class kind : std::uint8_t { null, scalar, list, table };
  kind is = kind::null;
  std::string text;    ///< a scalar's
  bool quoted = false; ///< a scalar in quotes is a string whatever it looks like
  std::vector<node> list;
  std::vector<table_entry> table;  ///< in order; may hold a key twice
  int line = 0, column = 0;                         ///< from 1; 0: not from a file

  const node* find(std::string_view key) const noexcept;
};

struct table_entry {
  std::string first;
  node second;
};

/// Something wrong, and where. `path` is dotted: scope.include[2].
struct problem {
  std::string file;
  int line = 0, column = 0;
  std::string path, message;
};
/// "job.yaml:3:5: scope.max_depth: expected …".
std::string to_string(const problem& p);

/// Parses YAML or JSON text. Bounded: 32 levels, 200,000 values, so that no alias bomb unfolds. The problem has no file name.
std::expected<node, problem> parse_document(const std::string& text);

}  // namespace trawl::config
