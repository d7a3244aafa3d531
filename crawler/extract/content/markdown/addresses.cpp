#include "crawler/extract/content/markdown/addresses.hpp"

#include <optional>

#include "crawler/html/ascii.hpp"

namespace trawl::extract::markdown {
namespace {

bool is_pixel(html::node img) {
  for (const std::string_view side : {"width", "height"})
    if (const auto length = img.attribute(side); length && (*length == "0" || *length == "1")) return true;
  return false;
}

}  // namespace

std::string addresses::resolve(std::string_view reference) {
  const std::size_t cost = base_length_ + reference.size();
  if (cost > room_) return {};
  room_ -= cost;
  const auto found = url::parse(reference, &base_);
  if (!found) return {};
  const bool is_known = found->is_http() || found->scheme == "mailto" || found->scheme == "tel" || found->scheme == "ftp";
  return is_known ? found->href() : std::string();
}

std::string addresses::of_link(html::node a) {
  const auto href = a.attribute("href");
  return href ? resolve(*href) : std::string();
}

std::string addresses::of_image(html::node img) {
  if (is_pixel(img)) return {};
  for (const std::string_view name : {"src", "data-src", "data-lazy-src", "data-original"}) {
    const auto source = img.attribute(name);
    if (!source || html::trimmed(*source).empty() || html::starts_ignoring_case(html::trimmed(*source), "data:")) continue;
    return resolve(*source);
  }
  return {};
}

}  // namespace trawl::extract::markdown
