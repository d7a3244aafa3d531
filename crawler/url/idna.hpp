// Domain names to ASCII by UTS 46, as the URL Standard wants it (3.3, domain to ASCII with beStrict false).
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace trawl::url {

/// The ASCII form of a domain in valid UTF-8, lower case, labels in Punycode; nullopt for failure. CheckHyphens and VerifyDnsLength
/// are off, CheckBidi and CheckJoiners on; more than 4 KiB fail, which no name server could hold. ICU's tables, brought up to Unicode 16. Any thread.
std::optional<std::string> domain_to_ascii(std::string_view domain);

}  // namespace trawl::url
