// Text that people read: what may stand in a document, in a message, and what must never be shown.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace trawl::config {

struct unreadable {
  std::size_t at;
  const char* why;
};
/// The first byte that is not UTF-8 (RFC 3629), or a control character that no document holds (YAML 1.2.2, 5.1).
std::optional<unreadable> first_unreadable(std::string_view text) noexcept;

/// With control characters as \xNN, so that foreign text can't move a terminal's cursor. Linear time.
std::string printable(std::string_view text);

/// At most `most` bytes, cut between characters, with "…" where something is missing.
std::string shortened(std::string_view text, std::size_t most);

/// With the userinfo of every URL in it as ***, and every one of `secrets` too.
std::string without_secrets(std::string text, std::span<const std::string> secrets = {});

/// The known name nearest to a wrong one, if it is near enough to be what was meant; else empty.
std::string nearest(std::string_view wrong, const std::vector<std::string_view>& names);

}  // namespace trawl::config
