#include "config/node.hpp"

#include <yaml-cpp/yaml.h>

namespace trawl::config {
namespace {

constexpr int deepest = 32;
constexpr std::size_t most_values = 200'000;

struct too_large {
  const char* why;
};

node convert(const YAML::Node& from, int depth, std::size_t& values) {
  if (depth > deepest) throw too_large{"nested deeper than 32 levels"};
  if (++values > most_values) throw too_large{"more than 200,000 values (an alias that unfolds too far?)"};
  node out;
  const YAML::Mark mark = from.Mark();
  out.line = mark.line + 1;
  out.column = mark.column + 1;
  switch (from.Type()) {
    case YAML::NodeType::Undefined:
    case YAML::NodeType::Null: break;
    case YAML::NodeType::Scalar:
      out.is = node::kind::scalar;
      out.text = from.Scalar();
      out.quoted = from.Tag() == "!";
      if (!out.quoted && (out.text == "null" || out.text == "~" || out.text == "Null" || out.text == "NULL")) out.is = node::kind::null;
      break;
    case YAML::NodeType::Sequence:
      out.is = node::kind::list;
      for (const auto& item : from) out.list.push_back(convert(item, depth + 1, values));
      break;
    case YAML::NodeType::Map:
      out.is = node::kind::table;
      for (const auto& pair : from) {
        if (!pair.first.IsScalar()) throw too_large{"a key that is not a word"};
        out.table.push_back({pair.first.Scalar(), convert(pair.second, depth + 1, values)});
        node& value = out.table.back().second;
        if (value.line <= 0 || value.is == node::kind::null) {
          value.line = pair.first.Mark().line + 1;
          value.column = pair.first.Mark().column + 1;
        }
      }
      break;
  }
  return out;
}

}  // namespace

const node* node::find(std::string_view key) const noexcept {
  for (const auto& [name, value] : table)
    if (name == key) return &value;
  return nullptr;
}

std::string to_string(const problem& p) {
  std::string out = p.file;
  if (p.line > 0) out += ":" + std::to_string(p.line) + ":" + std::to_string(p.column);
  if (!out.empty()) out += ": ";
  if (!p.path.empty()) out += p.path + ": ";
  return out + p.message;
}

std::expected<node, problem> parse_document(const std::string& text) {
  try {
    std::size_t values = 0;
    return convert(YAML::Load(text), 0, values);
  } catch (const YAML::Exception& e) {
    return std::unexpected(problem{"", e.mark.line + 1, e.mark.column + 1, "", e.msg});
  } catch (const too_large& e) {
    return std::unexpected(problem{"", 0, 0, "", e.why});
  }
}

}  // namespace trawl::config
