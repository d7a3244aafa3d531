// What kinds of elements main content is made of, and what else stands in a page: HTML's names as an enumeration, with what they are.
#pragma once
#include <cstdint>

#include "crawler/html/document.hpp"

namespace trawl::extract {

/// Text, or the kind of an element. What has no kind of its own here is `block`, `inline_` or `silent` by what a browser would show of it.
enum class tag : std::uint8_t {
  text,     ///< characters
  inline_,  ///< part of a line: span, small, time and all that HTML does not know
  block,    ///< stands alone: div, section and the like
  silent,   ///< says nothing to a reader: scripts, styles, controls, embedded documents
  a,
  article,
  aside,
  b,
  blockquote,
  body,
  br,
  caption,
  code,
  dd,
  del,
  dl,
  dt,
  em,
  figcaption,
  figure,
  footer,
  form,
  h1,
  h2,
  h3,
  h4,
  h5,
  h6,
  header,
  hr,
  img,
  li,
  main,
  nav,
  noscript,
  ol,
  p,
  pre,
  q,
  section,
  sub,
  sup,
  table,
  tbody,
  td,
  th,
  tr,
  ul,
};

/// The kind of a node that is an element or a text.
tag tag_of(html::node n) noexcept;

/// Whether it begins on a line of its own.
bool is_block(tag t) noexcept;

constexpr bool is_heading(tag t) noexcept { return t >= tag::h1 && t <= tag::h6; }
constexpr bool is_list(tag t) noexcept { return t == tag::ul || t == tag::ol || t == tag::dl; }
/// 1 to 6.
constexpr int heading_level(tag t) noexcept { return static_cast<int>(t) - static_cast<int>(tag::h1) + 1; }

}  // namespace trawl::extract
