// RFC 4180, from lines to rows.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace trawl::engine {

/// One row, line by line: a quoted cell may hold commas, doubled quotes and line ends.
class csv_row {
 public:
  /// Adds a line without its end. True: the row is complete; false: a quoted cell goes on in the next line.
  bool add(std::string_view line);
  const std::vector<std::string>& cells() const noexcept { return cells_; }
  bool is_open() const noexcept { return quoted_; }
  std::size_t size() const noexcept { return size_; }  ///< bytes so far

 private:
  std::vector<std::string> cells_ = std::vector<std::string>(1);
  std::size_t size_ = 0;
  bool quoted_ = false;
};

}  // namespace trawl::engine
