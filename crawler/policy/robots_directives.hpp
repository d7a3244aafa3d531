// What a page says to crawlers about itself: the value of an X-Robots-Tag field, the content of a robots meta. No standard defines it;
// the reference is Google's "Robots meta tag, data-nosnippet, and X-Robots-Tag specifications". Pure.
#pragma once
#include <string_view>

namespace trawl::policy {

/// The rules that a crawler acts on; of the others (noarchive, max-snippet, …) none changes what is fetched or recorded.
struct robots_directives {
  bool noindex = false, nofollow = false;

  /// Several fields and metas add up, and the strictest wins: nothing takes a rule back.
  void add(robots_directives other) noexcept {
    noindex = noindex || other.noindex;
    nofollow = nofollow || other.nofollow;
  }
  friend bool operator==(robots_directives, robots_directives) noexcept = default;
};

/// Reads one value for the crawler whose product token is `token`, any case. Rules stand between commas or blanks; `none` is both.
/// `name:` is one of three: a rule that takes a value (max-snippet, …), whose value is passed over; unavailable_after, whose date may hold
/// commas and colons; else the name of an agent ("*" and "robots" are all of them). An agent's name holds for all rules up to the next
/// agent's name or the value's end: Google's own example gives one agent two rules ("otherbot: noindex, nofollow"), and the lines of
/// several fields may reach us joined by commas (RFC 9110, 5.3), so a later name has to begin anew. Rules before the first name are
/// everybody's. Linear in the value, any bytes.
robots_directives read_robots_directives(std::string_view value, std::string_view token) noexcept;

}  // namespace trawl::policy
