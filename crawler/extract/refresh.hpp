// The address that a meta refresh sends to (HTML Standard, 4.2.5.3: "shared declarative refresh steps"). Pure.
#pragma once
#include <optional>
#include <string_view>

namespace trawl::extract {

/// A document is loaded again after a while: another one where a URL is named.
struct declarative_refresh {
  std::optional<std::string_view> url;  ///< as written, to be resolved against the base; a view of the content
  friend bool operator==(const declarative_refresh&, const declarative_refresh&) = default;
};

/// `content` as the meta has it, references decoded. nullopt: no refresh at all, which a URL that does not parse makes of it too (11.12).
std::optional<declarative_refresh> read_refresh(std::string_view content);

}  // namespace trawl::extract
