// Reading a job file: extends, ${…}, --set, binding, and the checks that span several keys. All problems at once, each with its place.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/describe.hpp"
#include "config/job.hpp"
#include "config/node.hpp"

namespace trawl::config {

struct load_options {
  trust source = trust::local;     ///< any: a job that came by HTTP; no ${…}, no local paths
  /// Keys that only an operator may set (trust operator_), by dotted path, which a job that came by HTTP may set too; empty: none.
  std::function<bool(std::string_view path)> operator_allows;
  std::vector<std::string> sets;   ///< "a.b=value", in order, over what the file says; the value is YAML
  std::function<const char*(const std::string&)> environment;  ///< default: getenv
};

struct loaded_job {
  config::job job;
  std::vector<problem> problems;  ///< empty: the job may run
  node document;                  ///< as merged, for the places of keys

  /// A problem that shows only later (a selector, a pattern), put where its key stands.
  problem locate(std::string path, std::string message) const;
  std::string file;
};

/// `path` is a YAML or JSON file. A file that can't be read is a problem too.
loaded_job load_job_file(const std::string& path, const load_options& options);
/// `name` stands for the file in messages.
loaded_job load_job_text(const std::string& text, const std::string& name, const load_options& options);

/// The job as JSON, in the file's own words; secrets as ***.
nlohmann::ordered_json to_json(const job& j);
/// JSON Schema 2020-12 of the job file.
nlohmann::ordered_json job_schema();
/// A commented job file with every key at its default. `url` is the first seed.
std::string commented_job(const std::string& url);

}  // namespace trawl::config
