// The links that most pages are made of, read without the states of the URL Standard: references of which resolution copies every byte.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "crawler/url/url.hpp"

namespace trawl::url {

/// A reference against an http(s) base, in the pieces that its resolution joins. Views go into the input and the base.
struct plain_reference {
  /// What comes from the base, beside the scheme.
  enum class start : std::uint8_t {
    authority,  ///< nothing: "//host/path", "http://host/path"
    root,       ///< the authority: "/path"
    directory,  ///< the authority and `directory`, up to before its last '/': "path", "../path"
    document,   ///< the authority and the path: "?query", "#fragment", ""
  };
  start from = start::document;
  bool base_query = false;                 ///< the base's query stays: "#fragment", ""
  std::string_view scheme, host;           ///< of `authority`
  std::optional<std::uint16_t> port;       ///< of `authority`
  std::string_view directory;              ///< of `directory`: of the base's path, without the '/' that follows
  std::string_view path;                   ///< what comes after; of `authority` and `root` with its '/', or empty
  std::optional<std::string_view> query, fragment;
};

/// Reads `input` (blanks around it gone); nullopt means that parse() has to, not that it fails. `base` is a parsed URL. Linear.
std::optional<plain_reference> read_plain(std::string_view input, const url& base) noexcept;

/// The URL that `reference` stands for, into a new `out`.
void join(const plain_reference& reference, const url& base, url& out);
/// The same, serialised without its fragment.
std::string joined(const plain_reference& reference, const url& base);

}  // namespace trawl::url
