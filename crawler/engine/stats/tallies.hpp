// The numbers of a crawl that its records move, as the state keeps them: so the summary of a crawl that was resumed is that of all its runs.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crawler/engine/page.hpp"
#include "crawler/engine/stats/stats.hpp"
#include "crawler/model/record.hpp"

namespace trawl::engine {

/// By how much a record moves which counter: status/200, error/connect.refused, items, field/title/asked, field/title/filled.
std::vector<std::pair<std::string, std::uint64_t>> to_tallies(const record& out, const page_result& page);
/// What `expect` counts of a visit, for the note that the next one finds: empty, where that is nothing. What an unchanged page (304) gave
/// `before` still holds.
std::string what_it_gave(const record& out, const page_result& page, std::string_view before);
/// What a record takes out of the counts, as counters under past/: what the visit `before` gave; of an unchanged page nothing but its own
/// record. Nothing, where it is the first visit.
std::vector<std::pair<std::string, std::uint64_t>> to_past_tallies(const record& out, std::string_view before);
/// Counts the record.
void add_record(progress& to, const record& out, const page_result& page);
/// Counts one counter by its name.
void add_tally(progress& to, std::string_view name, std::uint64_t count);
/// Counts those of earlier runs.
void add_tallies(progress& to, const std::map<std::string, std::uint64_t>& tallies);

}  // namespace trawl::engine
