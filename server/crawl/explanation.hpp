// Why a URL is where it is: what a job's state and its scope say of it, as JSON and in words.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "config/job.hpp"
#include "crawler/frontier/inspect/state_view.hpp"
#include "crawler/url/url.hpp"

namespace trawl::server {

/// What decides about a URL in a scope: "seed", "scope.exclude", "scope.within", ….
struct scope_reason {
  bool is_allowed = true;
  std::string rule;
  std::string by;  ///< the pattern, or what `within` and the limits are; empty where the rule says it all
};

/// The job as the state keeps it: seeds, scope, rules and extraction; all else as by default.
config::job job_of_state(const frontier::state_view& state);

/// `target` is normalised. Seed files that are pipes are not read, nor more than a million seeds.
scope_reason scope_says(const config::job& job, const frontier::state_view& state, const url::url& target, std::uint32_t depth, bool is_seed);

/// `asked` as the user wrote it, parsed. Throws frontier::storage_error.
nlohmann::ordered_json explanation(const frontier::state_view& state, const url::url& asked);
/// The same for people; lines with their ends. Foreign text is escaped.
std::string explanation_text(const nlohmann::ordered_json& of);

}  // namespace trawl::server
