// What compiling a job's patterns and selectors would take, counted before any of it is compiled for good: a small request must not
// cost seconds of a processor.
#pragma once
#include <cstddef>
#include <optional>

#include "config/job.hpp"
#include "server/http/message.hpp"

namespace trawl::server {

/// Of one submitted job, its rules and what the operator's defaults add included.
inline constexpr std::size_t most_expressions = 1'000;            ///< patterns, selectors and regular expressions
inline constexpr std::size_t most_expression_bytes = 256u << 10;  ///< of them all
inline constexpr std::size_t most_instructions = 250'000;         ///< of all regular expressions, compiled (RE2's program size)

/// The first bound that the job is above; nullopt: none. Stops there, so its own cost is bounded too. Pure.
std::optional<http::problem_entry> too_costly(const config::job& job);

}  // namespace trawl::server
