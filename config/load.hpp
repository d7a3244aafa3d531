// Reading a job or server file: extends, ${…}, --set, binding, and the checks that span several keys. All problems at once, sorted by
// place, with no secret in any of them.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/document/source.hpp"
#include "config/job.hpp"
#include "config/print/print.hpp"
#include "config/server.hpp"

namespace trawl::config {

struct load_options {
  trust source = trust::local;  ///< any: a job that came by HTTP; no ${…}, no local paths
  /// Keys that only an operator may set (trust operator_), by dotted path, which a job that came by HTTP may set too; empty: none.
  std::function<bool(std::string_view path)> operator_allows;
  format as = format::yaml;     ///< of a text; a file's name says it
  std::vector<setting> flags;      ///< over what the file says, in order
  std::vector<std::string> sets;   ///< "a.b=value", in order, over the flags; the value is YAML
  variable_lookup environment;     ///< default: getenv
  const node* defaults = nullptr;  ///< a partial job under this one, from the server file; borrowed for the call
};

/// What loading gives beside the struct itself.
struct loaded_document {
  std::string file;
  node document;                     ///< as merged, for the places of keys
  std::vector<problem> problems;     ///< empty: all is well
  std::vector<std::string> files;    ///< that it came from, in the order of places
  std::vector<std::string> secrets;  ///< texts that are never shown

  /// A problem that shows only later (a selector, a pattern), put where its key stands.
  problem locate(std::string path, std::string message) const;
  /// The same, into `problems` and in its order, unless that key or what it stands in has a problem already.
  void add(std::string path, std::string message);
};

struct loaded_job : loaded_document {
  config::job job;
};
struct loaded_server : loaded_document {
  config::server server;
};

/// `path` is a YAML or JSON file (.json). A file that can't be read is a problem too.
loaded_job load_job_file(const std::string& path, const load_options& options);
/// `name` stands for the file in messages.
loaded_job load_job_text(std::string_view text, const std::string& name, const load_options& options);
/// The server file; its `defaults` are checked as a job. Uses `sets` and `environment` of the options.
loaded_server load_server_file(const std::string& path, const load_options& options);
loaded_server load_server_text(std::string_view text, const std::string& name, const load_options& options);

}  // namespace trawl::config
