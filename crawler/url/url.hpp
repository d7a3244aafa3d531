// URLs as browsers read them: the WHATWG URL Standard. One parser for everything; two parsers that disagree are a security hole.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trawl::url {

/// A parsed URL. `host`, `port`, `query`, `fragment` are absent or present-and-empty, which is not the same.
struct url {
  std::string scheme;
  std::string username, password;
  std::optional<std::string> host;
  std::optional<std::uint16_t> port;  ///< never the scheme's default
  std::string path;                   ///< with its leading '/', or opaque
  std::optional<std::string> query, fragment;
  bool opaque_path = false;

  friend bool operator==(const url&, const url&) = default;
  /// The serialisation, with or without the fragment (URL Standard, 4.5).
  std::string href(bool with_fragment = true) const;
  std::string without_fragment() const { return href(false); }
  bool is_http() const noexcept { return scheme == "http" || scheme == "https"; }
  /// scheme://host[:port]; robots.txt and credentials go by it.
  std::string origin() const;
  /// The politeness key: the host, with its port unless that is 80 or 443, which count as one.
  std::string host_port() const;
  /// The port that a connection goes to.
  std::uint16_t effective_port() const noexcept;
  /// Path and query as a request line has them.
  std::string path_and_query() const;
};

/// Parses `input` against `base` (URL Standard, 4.4); nullopt is the standard's failure. `input` may hold any bytes: what is not
/// UTF-8 becomes U+FFFD. Pure; linear time. Common links against an http(s) base are read by plain.hpp, all else by the states.
std::optional<url> parse(std::string_view input, const url* base = nullptr);
/// The same by the standard's states alone: what parse() has to equal.
std::optional<url> parse_by_states(std::string_view input, const url* base);
/// The URL that `reference` stands for, serialised without its fragment; nullopt if that is none of http(s). Cheaper than parse().
std::optional<std::string> resolve_http(std::string_view reference, const url& base);

/// application/x-www-form-urlencoded serialisation of one name or value (URL Standard, 5.2).
std::string form_encode(std::string_view text);

}  // namespace trawl::url
