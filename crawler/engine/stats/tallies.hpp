// The numbers of a crawl that its records move, as the state keeps them: so the summary of a crawl that was resumed is that of all its runs.
#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "crawler/engine/page.hpp"
#include "crawler/engine/stats/stats.hpp"
#include "crawler/model/record.hpp"

namespace trawl::engine {

/// By how much a record moves which counter: status/200, error/connect.refused, items, field/title/asked, field/title/filled.
std::vector<std::pair<std::string, std::uint64_t>> to_tallies(const record& out, const page_result& page);
/// Counts the record.
void add_record(progress& to, const record& out, const page_result& page);
/// Counts those of earlier runs.
void add_tallies(progress& to, const std::map<std::string, std::uint64_t>& tallies);

}  // namespace trawl::engine
