// The lines of a Markdown document: blocks in quotes and lists, each line behind the markers of what it is in.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace trawl::extract::markdown {

/// Quotes and lists in one another; more are laid flat, so that no line is mostly markers.
inline constexpr std::size_t most_containers = 16;

/// Puts blocks under one another. Markers are written with the first block in their item, so an item without text leaves nothing. One thread.
class blocks {
 public:
  void open_quote();
  /// `start`: number of the first item of an ordered list, 0 to 999,999,999; negative: a bullet list.
  void open_list(long long start);
  void open_item();
  void close_quote() { containers_.pop_back(); }
  void close_list();
  void close_item() { containers_.pop_back(); }

  /// Finished inline text, lines apart by '\n'.
  void paragraph(std::string_view text);
  void heading(int level, std::string_view text);
  void rule();
  /// Lines that stand as they are: a table, fenced code.
  void lines(std::string_view text);

  std::size_t size() const noexcept { return out_.size(); }
  std::string take();

 private:
  struct container {
    std::string marker, indent;
    bool is_begun = false;
  };
  struct list {
    long long number = -1;  ///< of the next item; negative: bullets
    char sign = '-';        ///< the bullet, or what follows the number
    std::size_t depth = 0;  ///< containers around it
    bool is_begun = false;
  };

  void begin_block();
  void begin_line();
  void blank_line();
  bool is_tight() const;

  std::string out_;
  std::vector<container> containers_;
  std::vector<list> lists_;
  list last_;                     ///< the list that ended at the end of what is written
  bool is_after_list_ = false;
};

}  // namespace trawl::extract::markdown
