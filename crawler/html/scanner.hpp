// A tokenizer that sees tags and text with the states of the HTML Standard (13.2.5) that can hold or hide a link, and builds no tree:
// one pass at memory speed, linear on any bytes.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "crawler/html/foreign_content.hpp"

namespace trawl::html {

/// An attribute as it stands in the source; `value` still has its character references.
struct attribute {
  std::string_view name, value;
};

enum class token_kind : std::uint8_t { start, end, text };

/// Views go into the scanned text, or live until the next token.
struct token {
  token_kind kind = token_kind::text;
  std::string_view name;    ///< a tag's, lower case
  std::string_view text;    ///< a text token's; references not decoded
  std::string_view source;  ///< a tag's, from '<' to '>'
  std::vector<attribute> attributes;
  std::size_t attribute_count = 0;  ///< as written; `attributes` holds the first 512
  bool self_closing = false;
  element_space space = element_space::html;  ///< a tag's: whose element it begins or ends, see foreign_content
  std::string lowered_name;  ///< what `name` is a view of where the source has capitals

  /// The first attribute of that name (lower case), references decoded; `found` tells absent from empty.
  std::string attribute_value(std::string_view name, bool* found = nullptr) const;
};

/// `utf8` outlives the scanner. Scripting is off: noscript content is markup.
class scanner {
 public:
  explicit scanner(std::string_view utf8) : in_(utf8) {}
  /// The next token into `out`, which is reused; false at the end. Content of script, style and their like comes as no token,
  /// that of title and textarea as one text token.
  bool next(token& out);

 private:
  /// False if it is not to be seen.
  bool text(token& out);
  bool tag(token& out);
  void skip_comment();
  void skip_bogus();
  void read_attributes(token& out);
  void after_start(token& out);
  std::size_t find_end_tag(std::string_view name, std::size_t from) const;
  std::size_t end_of_script(std::size_t from) const;

  std::string_view in_;
  std::size_t at_ = 0;
  std::size_t rcdata_end_ = 0;  ///< text up to here is one token whatever it holds
  foreign_content foreign_;
};

}  // namespace trawl::html
