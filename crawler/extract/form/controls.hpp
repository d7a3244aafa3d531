// The controls of a form and what they would send: the HTML Standard's entry list (4.10.21.4), of a page that nobody has touched. Pure.
#pragma once
#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "crawler/html/document.hpp"

namespace trawl::extract {

/// A name and what goes with it.
struct form_entry {
  std::string name, value;
  bool is_file = false;  ///< of a file control, in which nothing was chosen
  friend bool operator==(const form_entry&, const form_entry&) = default;
};

/// What somebody fills in: values by the names of fields.
using form_values = std::map<std::string, std::string>;

/// More is no form that anybody fills in.
inline constexpr std::size_t most_form_entries = 10'000;
inline constexpr std::size_t largest_form = std::size_t{4} << 20;

/// A form and its controls, in the order of the page: those inside, those that name it in their form attribute, and, where it stands
/// between the rows of a table, those behind it in that table, which a browser's parser gives to it (13.2.6.1, the form element pointer).
/// Views of a document, which outlives it.
class form_controls {
 public:
  /// `form` is an element of `root`'s tree. Linear.
  form_controls(html::node root, html::node form);

  /// The button that is pressed: the first submit button that may be pressed, before that one whose name and value `values` has, or else
  /// whose name. Null where there is none: then the form is sent without one (4.10.21.2, implicit submission).
  html::node submitter(const form_values& values) const;

  /// The entries, with what is filled in: a name in `values` has that value once, in the place of its first entry, or else at the end.
  /// `charset` is what a hidden _charset_ says. The error says why there are none, in words.
  std::expected<std::vector<form_entry>, std::string> entries(html::node submitter, std::string_view charset, const form_values& values) const;

 private:
  bool is_sent(html::node control, html::node submitter) const;
  std::vector<html::node> controls_;
  std::map<std::string, html::node, std::less<>> checked_;  ///< by a radio group's name: the one that is
};

/// The form that an element is, or is in; null if neither.
html::node form_of(html::node element) noexcept;

}  // namespace trawl::extract
