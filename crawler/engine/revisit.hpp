// Visiting a URL again: what is asked, and what has become of the page since.
#pragma once
#include <cstdint>
#include <string_view>

#include "crawler/frontier/frontier.hpp"
#include "crawler/model/response.hpp"
#include "crawler/url/fingerprint.hpp"

namespace trawl::engine {

/// Has the server answer 304 where nothing has changed (RFC 9110, 13.1). A validator that the request has already stays.
void ask_if_changed(request& asked, const frontier::revisit_note& before);

/// For the next visit. Validators are kept of an answer without redirects alone: they are the target's. `body_digest`: 0 where there is none.
frontier::revisit_note note_of(const response& answer, const frontier::revisit_note* before, std::uint64_t body_digest);

/// 64 bits of the decoded body; never 0.
std::uint64_t digest_of(const response& answer, const url::fingerprint_key& key);

/// The record's outcome: "new" on the first visit; then "unchanged" (304, or the same body), "gone" (404 or 410), else "changed".
std::string_view outcome_of(const frontier::revisit_note* before, const response& answer, std::uint64_t body_digest) noexcept;

}  // namespace trawl::engine
