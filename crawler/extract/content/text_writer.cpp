#include "crawler/extract/content/text_writer.hpp"

#include <vector>

#include "crawler/html/ascii.hpp"

namespace trawl::extract {
namespace {

class writer {
 public:
  writer(const outline& page, std::size_t room) : all_(page.entries), room_(room) {}

  std::string write(std::uint32_t root) {
    for (std::uint32_t i = root; i < all_[root].end && out_.size() < room_;) {
      while (!open_.empty() && i >= all_[open_.back()].end) leave();
      if (all_[i].is_dropped && i != root) {
        i = all_[i].end;
        continue;
      }
      enter(i++);
    }
    while (!open_.empty()) leave();
    trim();
    return std::move(out_);
  }

 private:
  void enter(std::uint32_t i) {
    const outline_entry& e = all_[i];
    if (e.kind == tag::text) return text(e.node.text());
    open_.push_back(i);
    if (e.kind == tag::pre) ++pre_;
    if (e.kind == tag::br || e.kind == tag::hr) return end_line();
    if (e.kind == tag::td || e.kind == tag::th) return next_cell();
    if (is_block(e.kind) && cells_ == 0) end_line();
    if (is_block(e.kind) && cells_ > 0) blank();
    if (e.kind == tag::td || e.kind == tag::th) ++cells_;
  }

  void leave() {
    const outline_entry& e = all_[open_.back()];
    open_.pop_back();
    if (e.kind == tag::pre) --pre_;
    if (e.kind == tag::td || e.kind == tag::th) {
      if (cells_ > 0) --cells_;
      return;
    }
    if (!is_block(e.kind)) return;
    if (cells_ == 0)
      end_line();
    else
      blank();
  }

  void text(std::string_view s) {
    if (pre_ > 0) {
      out_ += s;
    } else {
      for (std::size_t at = 0; at < s.size();) {
        if (html::is_space(s[at])) {
          blank();
          ++at;
          continue;
        }
        const std::size_t start = at;
        while (at < s.size() && !html::is_space(s[at])) ++at;
        out_.append(s, start, at - start);
      }
    }
  }

  void blank() {
    if (!out_.empty() && !html::is_space(out_.back())) out_ += ' ';
  }

  void trim() {
    while (!out_.empty() && (out_.back() == ' ' || out_.back() == '\n' || out_.back() == '\t')) out_.pop_back();
  }

  void end_line() {
    while (!out_.empty() && (out_.back() == ' ' || out_.back() == '\t')) out_.pop_back();
    if (!out_.empty() && out_.back() != '\n') out_ += '\n';
  }

  void next_cell() {
    if (!out_.empty() && out_.back() != '\n') out_ += '\t';
    ++cells_;
  }

  const std::vector<outline_entry>& all_;
  std::vector<std::uint32_t> open_;
  std::size_t room_;
  int pre_ = 0, cells_ = 0;
  std::string out_;
};

}  // namespace

std::string plain_text(const outline& page, std::uint32_t root, std::size_t room) {
  return page.entries.empty() ? std::string() : writer(page, room).write(root);
}

}  // namespace trawl::extract
