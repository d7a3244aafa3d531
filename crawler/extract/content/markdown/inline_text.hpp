// The text of one paragraph, heading or table cell while it is put together: words, emphasis, links, images, code.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace trawl::extract::markdown {

enum class emphasis : std::uint8_t {
  strong,  ///< **
  em,      ///< *
  del,     ///< ~~
};

/// Collects the pieces in their order; what is open when a block ends is closed there and open again in the next. One thread.
class inline_text {
 public:
  /// Characters as they are in the document: blanks are folded.
  void text(std::string_view characters);
  void blank();
  void line_break();
  void open(emphasis kind);
  /// `url` is absolute; empty: what follows is no link.
  void open_link(std::string_view url);
  /// Ends what was opened last.
  void close();
  /// ![alt](url)
  void image(std::string_view alt, std::string_view url);
  /// Code that stands next to code is one.
  void code(std::string_view characters);
  /// A tag that stands as it is, like <sub>.
  void raw(std::string_view tag);

  bool empty() const noexcept { return !has_content_ && code_.empty(); }
  bool is_after_break() const noexcept { return is_break_pending_; }
  std::size_t size() const noexcept { return out_.size(); }
  /// What was collected, finished, with '\n' where a line breaks; then it is empty and goes on with what is open.
  std::string take();

 private:
  void open_mark(char mark);
  void begin_piece();
  void put_code();

  std::string out_, code_;         ///< marks are in it until take()
  std::vector<std::string> urls_;  ///< of the links in `out_`, in order
  std::vector<char> open_;         ///< marks; 0: one that says nothing
  std::string url_;                ///< of the link that is open
  std::size_t address_ = std::string::npos;  ///< where the last word is an address that what follows at once would be taken into
  bool is_blank_pending_ = false, is_break_pending_ = false, has_content_ = false;
};

}  // namespace trawl::extract::markdown
