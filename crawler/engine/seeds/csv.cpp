#include "crawler/engine/seeds/csv.hpp"

namespace trawl::engine {

bool csv_row::add(std::string_view line) {
  if (quoted_) cells_.back() += '\n';
  size_ += line.size() + 1;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted_ && c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
      cells_.back() += line[i++];
    } else if (quoted_ && c == '"') {
      quoted_ = false;
    } else if (!quoted_ && c == '"' && cells_.back().empty()) {
      quoted_ = true;
    } else if (!quoted_ && c == ',') {
      cells_.emplace_back();
    } else if (quoted_ || c != '\r' || i + 1 < line.size()) {  // the row's own end is CR LF
      cells_.back() += c;
    }
  }
  return !quoted_;
}

}  // namespace trawl::engine
