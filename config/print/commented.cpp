// A job file to start from: every key that works, at its default, with its words.
#include <fmt/format.h>

#include "config/print/values.hpp"

namespace trawl::config {
namespace {

/// Text that needs no quotes in YAML: letters, digits, and what stands inside words and durations.
bool is_plain(const std::string& s) { return !s.empty() && s.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-/") == std::string::npos && !(s[0] >= '0' && s[0] <= '9' && s.find_first_not_of("0123456789") == std::string::npos) && s[0] != '-'; }

std::string yaml_text(const json& value) { return value.is_string() && is_plain(value.get<std::string>()) ? value.get<std::string>() : value.dump(); }

template <Described T>
void comment(std::string& out, const T& v, const std::string& indent) {
  for_each_member<T>([&](auto member, const row& r) {
    if (r.is == state::later) return;
    using member_type = std::remove_cvref_t<decltype(v.*member)>;
    if constexpr (Described<member_type>) {
      std::string inside;
      comment(inside, v.*member, indent + "  ");
      if (!inside.empty()) out += fmt::format("{}{}:  # {}\n{}", indent, r.name, r.doc, inside);
    } else {
      out += fmt::format("{}{}: {}  # {}\n", indent, r.name, yaml_text(write(v.*member)), r.doc);
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
    out += line.starts_with("seeds:") ? fmt::format("seeds: [{}]  # URLs to start from\n", json(url).dump(-1, ' ', false, json::error_handler_t::replace)) : std::string(line);
  }
  return out;
}

}  // namespace trawl::config
