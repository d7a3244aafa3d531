// A document as it was written: scalars with their text, each value with its place. YAML 1.2 (JSON is read by its own grammar).
#pragma once
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace trawl::config {

/// Who may set a key, and whose word a document is.
enum class trust : std::uint8_t {
  any,        ///< everyone, also a job that comes by HTTP
  operator_,  ///< by HTTP only where the server's ceilings allow it
  local,      ///< never by HTTP: it names something on this machine
};

/// Where a document came from: its name in messages, and whose word it is. One for all its values.
struct origin {
  std::string name;
  trust who = trust::local;
};

struct table_entry;

/// One value. Copies are deep; a document holds at most 200,000 of them, 32 levels deep.
struct node {
  enum class kind : std::uint8_t { null, scalar, list, table };
  kind is = kind::null;
  std::string text;       ///< a scalar's
  bool quoted = false;    ///< a scalar in quotes is a string whatever it looks like
  bool secret = false;    ///< came out of a file by ${file:…}: never shown
  bool expanded = false;  ///< its ${…} are done
  bool filled = false;    ///< it had some: a number may come out of quotes
  std::vector<node> list;
  std::vector<table_entry> table;      ///< in order; may hold a key twice
  std::shared_ptr<const origin> from;  // shared: every value of a document has the same
  int line = 0, column = 0;            ///< from 1, columns in bytes; 0: not from a file

  const node* find(std::string_view key) const noexcept;
  node* find(std::string_view key) noexcept;
  /// A scalar made by the program itself, such as a command line's value.
  static node of_text(std::string text, std::shared_ptr<const origin> from);
};
/// Compares what is said, not where it stands.
bool operator==(const node& a, const node& b) noexcept;

struct table_entry {
  std::string first;
  node second;
  int line = 0, column = 0;  ///< of the key
};

/// Something wrong, and where. `path` is dotted: scope.include[2].
struct problem {
  std::string file;
  int line = 0, column = 0;
  std::string path, message;
};
/// "job.yaml:3:5: scope.max_depth: expected …", on one line whatever the parts hold.
std::string to_string(const problem& p);

enum class format : std::uint8_t { yaml, json };

/// Parses one document. Bounded: 8 MiB (YAML: 4 MiB), 32 levels, 200,000 values, and 8 MiB of text that aliases repeat, so that no bomb of
/// aliases unfolds. An empty one is null.
/// errors  the first thing that is not well formed (UTF-8 included), with the origin's name as file
std::expected<node, problem> parse_document(std::string_view text, format as, const std::shared_ptr<const origin>& from);

// The two grammars; the text is UTF-8 without a byte order mark.
std::expected<node, problem> parse_yaml(std::string_view text, const std::shared_ptr<const origin>& from);
std::expected<node, problem> parse_json(std::string_view text, const std::shared_ptr<const origin>& from);

inline constexpr int deepest_document = 32;
inline constexpr std::size_t most_values = 200'000, largest_document = 8U << 20, largest_yaml = 4U << 20;

}  // namespace trawl::config
