// What the tests of this room share: loading a text, and its problems as one string.
#pragma once
#include <string>

#include "config/load.hpp"

namespace trawl::config {

inline loaded_job load(const std::string& text, const load_options& options = {}) { return load_job_text(text, "job.yaml", options); }

inline loaded_job load_json(const std::string& text) { return load_job_text(text, "job.json", {.as = format::json}); }

/// A problem a line.
inline std::string messages(const loaded_document& d) {
  std::string out;
  for (const problem& p : d.problems) out += to_string(p) + "\n";
  return out;
}

/// The problems of a job that is well but for these lines.
inline std::string messages_of(const std::string& lines) { return messages(load("seeds: [http://h/]\n" + lines)); }

}  // namespace trawl::config
