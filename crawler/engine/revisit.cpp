#include "crawler/engine/revisit.hpp"

#include <algorithm>
#include <chrono>

namespace trawl::engine {
namespace {

constexpr int not_modified = 304;

void add_unless_there(header_list& headers, std::string_view name, const std::string& value) {
  const bool is_there = std::ranges::any_of(headers, [&](const auto& h) { return equal_ignoring_case(h.first, name); });
  if (!value.empty() && !is_there) headers.emplace_back(name, value);
}

}  // namespace

void ask_if_changed(request& asked, const frontier::revisit_note& before) {
  add_unless_there(asked.headers, "If-None-Match", before.etag);
  add_unless_there(asked.headers, "If-Modified-Since", before.last_modified);
}

frontier::revisit_note note_of(const response& answer, const frontier::revisit_note* before, std::uint64_t body_digest) {
  frontier::revisit_note out;
  if (answer.status == not_modified && before != nullptr) out = *before;
  if (answer.status == 200 && answer.redirects.empty() && answer.truncated == truncation::none) {
    out.etag = std::string(answer.header("etag").value_or(""));
    out.last_modified = std::string(answer.header("last-modified").value_or(""));
  }
  if (body_digest != 0) out.digest = body_digest;
  out.fetched_ms = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  return out;
}

std::uint64_t digest_of(const response& answer, const url::fingerprint_key& key) { return url::fingerprint(key, answer.body); }

std::string_view outcome_of(const frontier::revisit_note* before, const response& answer, std::uint64_t body_digest) noexcept {
  if (before == nullptr) return "new";
  if (answer.status == not_modified && answer.redirects.empty()) return "unchanged";
  if (answer.status == 404 || answer.status == 410) return "gone";
  return before->digest != 0 && before->digest == body_digest ? "unchanged" : "changed";
}

}  // namespace trawl::engine
