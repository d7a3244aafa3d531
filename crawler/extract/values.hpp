// From the text of a match to a JSON value of the type that a field asks for.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "config/job.hpp"
#include "crawler/url/url.hpp"

namespace trawl::extract {

/// `text` as JSON text of that type; nullopt where it does not convert.
///   string   as it is
///   number   with a sign and a currency (a symbol, or three capitals) around it; "1,234.50", "1.234,50", "1 234,50" and "1'234.50" are one
///            number; one point parts decimals, one comma thousands if three digits follow it
///   integer  a number without decimals, in 64 bits
///   boolean  true yes on 1, false no off 0, in any case
///   url      resolved against `base`, serialised
///   date     ISO 8601; see dates.hpp
///   json     JSON at most 64 levels deep, its blanks removed
/// Pure; linear.
std::optional<std::string> to_json_value(std::string_view text, config::value_type type, const url::url& base);

/// A number as pages write it, in JSON's way ("1234.5"); nullopt if it is none.
std::optional<std::string> to_plain_number(std::string_view text);

}  // namespace trawl::extract
