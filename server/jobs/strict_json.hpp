// JSON as RFC 8259 has it, and no more, before anything is built of it: bounded in depth and size, no key twice in an object.
#pragma once
#include <expected>
#include <string>
#include <string_view>

namespace trawl::server {

/// The same document in one line, escapes resolved, numbers as they were written: what the YAML reader of job files takes for the same
/// (it knows no surrogate pairs). The error says what is wrong and where, in our own words. Depth 32, 200,000 values. Never recursive.
std::expected<std::string, std::string> normalise_json(std::string_view text);

}  // namespace trawl::server
