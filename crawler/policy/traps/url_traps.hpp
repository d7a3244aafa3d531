// Signs of an endless site that a URL shows by itself. Pure.
#pragma once
#include <string_view>

#include "config/job.hpp"
#include "crawler/url/url.hpp"

namespace trawl::policy {

/// The rule that a URL breaks; empty: none. Linear in its length.
/// trap.segments: more path segments than `max_segments`, empty ones included, but for one behind a final slash.
/// trap.repeats: the same segment, or the same two or three, more than `max_repeats` times in a row.
/// trap.query: more parameters than `max_query_params`.
std::string_view url_trap(const url::url& target, const config::traps& settings);

}  // namespace trawl::policy
