// XML as sitemaps and feeds need it: tags, text and CDATA, one after the other. No DTD is read and no entity beyond the five predefined
// ones and numbers is known, so nothing expands; what breaks the grammar is skipped, what follows is read (XML 1.0, fifth edition).
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trawl::extract {

/// What the reader has come to. Views point into the text.
struct xml_event {
  enum class kind : std::uint8_t {
    start,  ///< <name …>
    end,    ///< </name>
    empty,  ///< <name …/>
    text,   ///< characters with their references as written
    cdata,  ///< characters as they are
  };
  kind is = kind::text;
  std::string_view name;        ///< of a tag, with its prefix
  std::string_view attributes;  ///< of a start or empty tag, as written
  std::string_view text;        ///< of text and cdata
};

/// One pass over a UTF-8 text, which outlives it. Keeps nothing: the nesting of tags is its user's business, so it may have any depth.
/// Linear: no byte is looked at more than twice.
class xml_reader {
 public:
  explicit xml_reader(std::string_view text) noexcept : text_(text) {}
  /// The next event; nullopt at the end. What is opened and never closed (a comment, CDATA, a DOCTYPE) ends the text.
  std::optional<xml_event> next() noexcept;

 private:
  std::optional<xml_event> markup() noexcept;
  std::optional<xml_event> tag() noexcept;
  bool skip_past(std::string_view mark, std::size_t from) noexcept;
  void skip_doctype() noexcept;

  std::string_view text_;
  std::size_t at_ = 0;
};

/// The name without its prefix, and the prefix (Namespaces in XML 1.0, 4).
std::string_view local_name(std::string_view name) noexcept;
std::string_view prefix_of(std::string_view name) noexcept;

/// The value of an attribute in `attributes`, its references decoded; nullopt if it is not there.
std::optional<std::string> xml_attribute(std::string_view attributes, std::string_view name);

/// Appends `raw` with &lt; &gt; &amp; &quot; &apos; and numeric references decoded (4.1, 4.6); any other & stays as it is.
void append_xml_text(std::string& out, std::string_view raw);

}  // namespace trawl::extract
