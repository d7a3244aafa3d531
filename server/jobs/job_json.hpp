// A job file as the service takes it: one JSON document, with everything expanded that only this machine can expand.
#pragma once
#include <string>

#include "config/load.hpp"

namespace trawl::server {

/// What the document says, as JSON, secrets in clear. Text stays as it was written: a number keeps its digits, and what JSON has no number
/// for (007) is a string. Documents are at most 32 levels deep.
std::string to_json_text(const config::node& document);

/// Adds to a job that was loaded from here what a service refuses in any job that comes to it, such as keys that name local paths, with
/// the places of its own file. `text` is what would be sent.
void check_for_sending(config::loaded_job& loaded, const std::string& text);

}  // namespace trawl::server
