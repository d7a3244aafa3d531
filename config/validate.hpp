// What no single key can show: checks over several keys, and the shapes of what is kept as JSON. Internal to the room.
#pragma once
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/bind.hpp"
#include "config/load.hpp"

namespace trawl::config {

/// Dotted path and message of each problem.
using findings = std::vector<std::pair<std::string, std::string>>;

/// Fills in what follows from other keys: the name from the first seed's host. `document` is what the job was read from.
findings cross_check(job& j, const node& document);
findings cross_check(const server& s);

/// The shapes of extract.fields, items and follow, in the job and in its rules: unknown keys and wrong types inside them.
void check_extraction(binder& b, const node& document, const std::string& prefix = {});

/// Keys of trust::operator_ that these ceilings let a submitted job set.
std::set<std::string, std::less<>> permitted_by(const ceilings& c);
/// What a submitted job asks for above a ceiling is a problem; where it asks for nothing the ceiling becomes its bound.
void apply_ceilings(const ceilings& c, loaded_job& out);

/// A top-level key of the job file, or of the server file: for a hint when one stands in the other.
bool is_job_key(std::string_view name) noexcept;
bool is_server_key(std::string_view name) noexcept;

/// Whether a request header of this name and value can be sent; what is wrong otherwise.
void check_headers(const text_map& headers, const std::string& path, findings& out);

}  // namespace trawl::config
