// From UTF-8 back into the encoding that a page's forms are sent in (Encoding Standard, 4.3 and 6; HTML Standard, 4.10.21.5). Pure.
#pragma once
#include <string>
#include <string_view>

namespace trawl::extract {

/// The encoding in which a form is sent, by the standard's name: the first known one of its accept-charset, UTF-8 where that names none,
/// else the page's own; what cannot be written (UTF-16, replacement) is UTF-8.
std::string form_encoding(std::string_view accept_charset, std::string_view page_charset);

/// `utf8` as bytes of that encoding; a character that it lacks becomes a decimal reference, "&#8364;". Where there is no encoder the
/// text stays UTF-8.
std::string encoded_for_form(std::string_view utf8, std::string_view encoding);

}  // namespace trawl::extract
