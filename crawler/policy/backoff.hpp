// Exponential back-off with jitter. Pure.
#pragma once
#include <chrono>
#include <cstdint>

#include "config/job.hpp"

namespace trawl::policy {

/// The pause before retry number `retry` (from 0): initial × 2^retry up to max, then up to `jitter` of it taken off. `random` in [0, 1).
std::chrono::nanoseconds backoff(const config::backoff& settings, std::uint32_t retry, double random) noexcept;

/// A number in [0, 1) from a time's low bits: spreads retries, decides nothing else.
double jitter(std::chrono::steady_clock::time_point now) noexcept;

}  // namespace trawl::policy
