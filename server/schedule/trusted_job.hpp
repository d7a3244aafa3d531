// A job file of the operator's own, taken up as one document: what it extends and its ${…} are in it, and every value stays trusted, so
// that the job that is made of it can be read again after a restart whatever has become of the file.
#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "config/document/node.hpp"
#include "config/load.hpp"

namespace trawl::server {

/// Pure.
struct trusted_job {
  std::string file;                  ///< where it stood, for messages
  config::node document;             ///< every value is the operator's word; its ${…} are done
  std::vector<std::string> secrets;  ///< what ${file:…} gave

  /// A file that was read without problems, to be run under a name: without its schedule.
  static trusted_job of(const config::loaded_job& loaded, const std::string& name);
  /// For the register, and back; an empty document where that can't be read.
  std::string to_text() const;
  static trusted_job from_text(std::string_view text);
};

/// Puts a name into a job's document and takes its schedule out: what one run of a stored job is.
void make_one_run(config::node& document, const std::string& name);

}  // namespace trawl::server
