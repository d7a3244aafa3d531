#include "server/http/router.hpp"

#include <algorithm>

namespace trawl::server::http {
namespace {

bool is_name(std::string_view segment) noexcept { return segment.size() > 2 && segment.front() == '{' && segment.back() == '}'; }

/// "/a/b" is a, b; "/" is one empty segment; "/a/" ends with an empty one and so is another path than "/a".
std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> out;
  if (path.starts_with('/')) path.remove_prefix(1);
  for (;;) {
    const std::size_t slash = path.find('/');
    out.emplace_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return out;
    path.remove_prefix(slash + 1);
  }
}

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& path, std::map<std::string, std::string>& parts) {
  if (pattern.size() != path.size()) return false;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (is_name(pattern[i]) && !path[i].empty()) parts[pattern[i].substr(1, pattern[i].size() - 2)] = path[i];
    else if (pattern[i] != path[i]) return false;
  }
  return true;
}

}  // namespace

void router::add(std::string method, std::string_view pattern, route r) {
  auto segments = split(pattern);
  auto at = std::ranges::find(places_, segments, &place::segments);
  if (at == places_.end()) at = places_.insert(places_.end(), place{std::move(segments), {}});
  r.pattern = pattern;
  at->methods.insert_or_assign(std::move(method), std::move(r));
}

bool router::describe(std::string_view method, std::string_view pattern, const operation& words) {
  const auto at = std::ranges::find(places_, split(pattern), &place::segments);
  if (at == places_.end()) return false;
  const auto to = at->methods.find(method);
  if (to == at->methods.end()) return false;
  to->second.doc = &words;
  return true;
}

void router::each(const std::function<void(const std::string&, const route&)>& look) const {
  for (const place& p : places_)
    for (const auto& [method, r] : p.methods) look(method, r);
}

router::found router::find(std::string_view method, std::string_view path) const {
  found out;
  const auto segments = split(path);
  for (const place& p : places_) {
    out.parts.clear();
    if (!fits(p.segments, segments, out.parts)) continue;
    for (const auto& [known, r] : p.methods) {
      out.allow += known + ", ";
      if (known == "GET") out.allow += "HEAD, ";
    }
    out.allow += "OPTIONS";
    auto to = p.methods.find(method);
    if (to == p.methods.end() && method == "HEAD") to = p.methods.find(std::string_view("GET"));
    if (to != p.methods.end()) out.to = &to->second;
    return out;
  }
  return out;
}

}  // namespace trawl::server::http
