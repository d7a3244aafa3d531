// From a file or text to one document: extends, ${…}, and what the command line sets over it. Knows nothing of what the keys mean.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/document/node.hpp"

namespace trawl::config {

/// A value from outside the file. `said_as` stands for the file in messages: "--set", "--max-pages".
struct setting {
  std::string key;  ///< dotted: scope.exclude[0], fetch.resolve."example.org"
  node value;
  std::string said_as = "--set";
};

/// The value of an environment variable; null when it is not set.
using variable_lookup = std::function<const char*(const std::string&)>;

/// Gathers a document and every problem on the way. Use one for each document.
class source {
 public:
  /// `who` wrote the text: only local files may extend others and read the environment. An empty `variables` is getenv.
  explicit source(trust who, variable_lookup variables = {});

  /// The document of a file (- is standard input) with what it extends under it; null when it can't be read.
  node from_file(const std::string& path);
  /// `name` stands for the file in messages; extends goes from its directory.
  node from_text(std::string_view text, const std::string& name, format as);
  /// Puts a setting over the document: tables merge, all else replaces.
  void set(node& document, const setting& s);
  /// "KEY=VALUE" with a YAML value, as --set has it.
  void set(node& document, std::string_view text);
  /// ${NAME}, ${NAME:-default}, ${file:PATH} in every string value.
  void expand(node& document);

  void complain(const node& at, std::string path, std::string message);

  std::vector<problem> problems;
  std::vector<std::string> files;    ///< names in the order they were read: the order of places
  std::vector<std::string> secrets;  ///< texts that ${file:…} gave

 private:
  std::shared_ptr<const origin> named(const std::string& name, trust who);
  node parsed(std::string_view text, const std::shared_ptr<const origin>& from, format as);
  node with_base(node document, const std::string& path);
  void report_duplicates(const node& n, const std::string& path);
  void expand(node& n, const std::string& path);
  std::expected<std::string, std::string> variable(const std::string& inside, bool& is_secret);

  trust who_;
  variable_lookup variables_;
  std::vector<std::string> open_;  ///< files on the way down through extends
};

/// `over` wins; tables merge, all else replaces.
void merge(node& base, const node& over);
/// JSON when the name ends so, else YAML.
format format_of(std::string_view name) noexcept;

}  // namespace trawl::config
