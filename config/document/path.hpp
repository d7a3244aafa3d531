// Dotted paths of keys: scope.exclude[2], fetch.resolve."example.org".
#pragma once
#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/document/node.hpp"

namespace trawl::config {

/// A member's name, or an entry of a list.
struct path_step {
  std::string name;
  std::optional<std::size_t> index;
};
/// In words what is wrong with it, when it is none. Never empty.
std::expected<std::vector<path_step>, std::string> parse_path(std::string_view path);

struct assignment {
  std::string_view key, value;  ///< views into the text
};
/// KEY=VALUE at the first '=' outside quotes; nullopt without one or without a key.
std::optional<assignment> split_assignment(std::string_view text) noexcept;

/// "scope.exclude" + 2 as the paths of problems have it.
std::string item_path(const std::string& path, std::size_t index);
/// A name that is not plain stands in quotes, so that the path can be given back to --set.
std::string member_path(const std::string& path, std::string_view name);

/// The place of a path in a document: its value, or the nearest table or list around it.
const node& nearest_node(const node& document, std::string_view path) noexcept;

/// Makes a value come from somewhere else; its places are gone.
void take_over(node& n, const std::shared_ptr<const origin>& from);

}  // namespace trawl::config
