// A seed from a line of JSON, as it would stand in a job file's seeds.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/document/node.hpp"
#include "config/job.hpp"

namespace trawl::config {

/// `line` is a JSON string or table; `name` and `number` say where it stands. nullopt: something is wrong with it, all of which is put
/// into `problems`.
std::optional<seed> read_seed_line(std::string_view line, const std::string& name, int number, std::vector<problem>& problems);

/// Whether a URL, as written, has a user or a password in front of its host.
bool has_credentials(std::string_view url) noexcept;

}  // namespace trawl::config
