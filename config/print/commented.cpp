// A job file to start from: every key that works, at its default, with its words.
#include <fmt/format.h>

#include <algorithm>

#include "config/print/values.hpp"

namespace trawl::config {
namespace {

/// Text that needs no quotes in YAML: a word, a duration, a size; not what would be read as a number.
bool is_plain(std::string_view s) {
  static constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", digits = "0123456789";
  const bool has_letter = s.find_first_of(letters) != std::string_view::npos;
  return has_letter && std::ranges::all_of(s, [](char c) { return letters.find(c) != std::string_view::npos || digits.find(c) != std::string_view::npos; });
}

std::string yaml_text(const json& value) { return value.is_string() && is_plain(value.get<std::string>()) ? value.get<std::string>() : value.dump(); }

template <Described T>
void comment(std::string& out, const T& v, const std::string& indent) {
  for_each_member<T>([&](auto member, const row& r) {
    using member_type = std::remove_cvref_t<decltype(v.*member)>;
    if constexpr (Described<member_type>) {
      std::string inside;
      comment(inside, v.*member, indent + "  ");
      if (!inside.empty()) out += fmt::format("{}{}:  # {}\n{}", indent, r.name, r.doc, inside);
    } else {
      const json value = write(v.*member);
      if (r.is == state::ready) out += fmt::format("{}{}: {}  # {}\n", indent, r.name, yaml_text(value), r.doc);
    }
  });
}

}  // namespace

std::string commented_job(const std::string& url) {
  std::string body;
  comment(body, job{}, "");
  std::string out = "# A trawl job. Every key stands at its default; delete what you don't change.\n";
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t end = body.find('\n', at) + 1;
    const std::string_view line = std::string_view(body).substr(at, end - at);
    at = end;
    if (line.starts_with("name:")) continue;  // it follows from the first seed
    out += line.starts_with("seeds:") ? fmt::format("seeds: [{}]  # URLs to start from\n", json(url).dump(-1, ' ', false, json::error_handler_t::replace))
                                      : std::string(line);
  }
  return out;
}

}  // namespace trawl::config
