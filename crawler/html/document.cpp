#include "crawler/html/document.hpp"

#include <gumbo.h>

#include <array>
#include <bit>
#include <csetjmp>
#include <cstdint>
#include <ctime>
#include <vector>

#include "crawler/html/ascii.hpp"
#include "crawler/html/tree_guard.hpp"

namespace trawl::html {

/// gumbo's memory. The tree is never freed node by node (gumbo does that by recursion): it goes with the arena. And since gumbo asks
/// for memory with every tag, this is also where a parse that costs too much is left, by longjmp: no C frame owns anything.
class document::arena {
 public:
  std::jmp_buf leave;

  static void* allocate(void* self, std::size_t size) { return static_cast<arena*>(self)->take(size); }
  static void deallocate(void* self, void* piece) {
    if (piece != nullptr) static_cast<arena*>(self)->give(piece);
  }

 private:
  /// Stands before each piece; pieces keep the alignment of the widest type.
  struct alignas(std::max_align_t) header {
    header* next = nullptr;
    std::uint32_t rank = 0;
  };
  static constexpr std::size_t chunk = 64UL * 1024, most = 224UL * 1024 * 1024;
  static constexpr std::int64_t most_ns = 1'500'000'000;  // fifteen times what the largest page of the tests takes

  void* take(std::size_t size) {
    if (++calls_ % 64 == 0 && is_late()) std::longjmp(leave, 1);
    const auto rank = static_cast<std::uint32_t>(std::bit_width((size + 15) / 16));
    const std::size_t whole = sizeof(header) + (std::size_t{16} << rank);
    header*& free = free_[rank];
    header* piece = free;
    if (piece != nullptr) {
      free = piece->next;
    } else {
      piece = cut(whole);
    }
    piece->rank = rank;
    return piece + 1;
  }

  void give(void* memory) noexcept {
    header* piece = static_cast<header*>(memory) - 1;
    piece->next = free_[piece->rank];
    free_[piece->rank] = piece;
  }

  header* cut(std::size_t size) {
    if (size > room_) {
      const std::size_t length = std::max(size, chunk);
      if (taken_ + length > most) std::longjmp(leave, 1);
      chunks_.push_back(std::make_unique_for_overwrite<header[]>(length / sizeof(header)));
      taken_ += length;
      room_ = length;
      at_ = chunks_.back().get();
    }
    header* piece = at_;
    at_ += size / sizeof(header);
    room_ -= size;
    return piece;
  }

  bool is_late() noexcept {
    std::timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    const std::int64_t ns = std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
    if (began_ < 0) began_ = ns;
    return ns - began_ > most_ns;
  }

  std::vector<std::unique_ptr<header[]>> chunks_;
  std::array<header*, 40> free_{};
  header* at_ = nullptr;
  std::size_t room_ = 0, taken_ = 0, calls_ = 0;
  std::int64_t began_ = -1;
};

namespace {

const GumboVector* children_of(const GumboNode* n) noexcept {
  if (n->type == GUMBO_NODE_ELEMENT || n->type == GUMBO_NODE_TEMPLATE) return &n->v.element.children;
  return n->type == GUMBO_NODE_DOCUMENT ? &n->v.document.children : nullptr;
}

bool is_seen(const GumboNode* n) noexcept { return n->type != GUMBO_NODE_COMMENT; }

/// The first sibling from index `i` on, by `step`, that is no comment.
node sibling(const GumboNode* parent, std::size_t i, std::ptrdiff_t step) noexcept {
  const GumboVector* all = parent == nullptr ? nullptr : children_of(parent);
  for (; all != nullptr && i < all->length; i += static_cast<std::size_t>(step))  // below 0 it wraps around and ends
    if (const auto* n = static_cast<const GumboNode*>(all->data[i]); is_seen(n)) return node(n);
  return {};
}

std::string_view attribute_name(const GumboAttribute& a) noexcept { return a.name; }

}  // namespace

bool node::is_element() const noexcept { return of_ != nullptr && (of_->type == GUMBO_NODE_ELEMENT || of_->type == GUMBO_NODE_TEMPLATE); }
bool node::is_text() const noexcept { return of_ != nullptr && !is_element() && of_->type != GUMBO_NODE_DOCUMENT; }
bool node::is_html() const noexcept { return is_element() && of_->v.element.tag_namespace == GUMBO_NAMESPACE_HTML; }

element_space node::space() const noexcept {
  if (!is_element() || is_html()) return element_space::html;
  return of_->v.element.tag_namespace == GUMBO_NAMESPACE_SVG ? element_space::svg : element_space::math;
}

std::string_view node::name() const noexcept {
  if (!is_element()) return {};
  const GumboElement& e = of_->v.element;
  if (e.tag != GUMBO_TAG_UNKNOWN) return gumbo_normalized_tagname(e.tag);
  GumboStringPiece piece = e.original_tag;
  gumbo_tag_from_original_text(&piece);
  return {piece.data, piece.length};
}

bool node::is(std::string_view lower_case_name) const noexcept { return is_element() && equals_ignoring_case(name(), lower_case_name); }
std::string_view node::text() const noexcept { return is_text() ? std::string_view(of_->v.text.text) : std::string_view(); }

std::optional<std::string_view> node::attribute(std::string_view name) const noexcept {
  if (!is_element()) return std::nullopt;
  const GumboVector& all = of_->v.element.attributes;
  for (unsigned i = 0; i < all.length; ++i) {
    const auto& a = *static_cast<const GumboAttribute*>(all.data[i]);
    const std::string_view its = attribute_name(a);
    if (its.size() == name.size() && std::ranges::equal(its, name, {}, lower, lower)) return a.value;
  }
  return std::nullopt;
}

std::size_t node::attribute_count() const noexcept { return is_element() ? of_->v.element.attributes.length : 0; }

std::pair<std::string_view, std::string_view> node::attribute_at(std::size_t i) const noexcept {
  const auto& a = *static_cast<const GumboAttribute*>(of_->v.element.attributes.data[i]);
  return {attribute_name(a), a.value};
}

node node::parent() const noexcept {
  const GumboNode* above = of_ == nullptr ? nullptr : of_->parent;
  return above == nullptr || above->type == GUMBO_NODE_DOCUMENT ? node() : node(above);
}

node node::first_child() const noexcept { return sibling(of_, 0, 1); }
node node::next() const noexcept { return of_ == nullptr ? node() : sibling(of_->parent, of_->index_within_parent + 1, 1); }
node node::previous() const noexcept { return of_ == nullptr ? node() : sibling(of_->parent, of_->index_within_parent - 1, -1); }

node node::next_element() const noexcept {
  node n = next();
  while (n && !n.is_element()) n = n.next();
  return n;
}

node node::following(node within, bool into) const noexcept {
  if (into && of_->type != GUMBO_NODE_TEMPLATE)
    if (const node inside = first_child()) return inside;
  for (node n = *this; n && n != within; n = n.parent())
    if (const node after = n.next()) return after;
  return {};
}

document::document(std::string_view utf8) : memory_(std::make_unique<arena>()) {
  tree_extent safe = safe_extent(utf8);
  if (!safe.reason.empty()) warning_ = "the tree is cut after " + std::to_string(safe.length) + " bytes: " + safe.reason;
  GumboOptions options = kGumboDefaultOptions;
  options.allocator = arena::allocate;
  options.deallocator = arena::deallocate;
  options.userdata = memory_.get();
  options.max_errors = 0;  // collecting errors costs more than the tree: 17 s and 3 GB for 120 KB of <span>
  if (setjmp(memory_->leave) != 0) {
    warning_ = "no tree: building it takes more than 2 s or 256 MiB";
    return;
  }
  root_ = node(gumbo_parse_with_options(&options, utf8.data(), safe.length)->root);
}

document::~document() = default;

}  // namespace trawl::html
