// Dates as pages write them.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace trawl::extract {

/// A date, or date and time, in the words of ISO 8601 and RFC 3339: "2024-03-05", "2024-03-05T10:20:30Z", "2024-03-05T10:20:30+02:00"; without a zone
/// where none was given. Reads ISO 8601, RFC 5322 and RFC 9110 dates, "5 March 2024", "March 5, 2024", "5.3.2024", "2024/3/5", "25/3/2024";
/// nullopt for what is none, or could be two (3/5/2024). Pure; linear.
std::optional<std::string> to_iso_date(std::string_view text);

}  // namespace trawl::extract
