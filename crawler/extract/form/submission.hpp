// What a browser sends when a form is submitted (HTML Standard, 4.10.21.3): where, how, and in which words. Pure.
#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "crawler/extract/form/controls.hpp"
#include "crawler/html/document.hpp"
#include "crawler/model/request.hpp"
#include "crawler/url/url.hpp"

namespace trawl::extract {

/// The page that a form stands on. References outlive the call.
struct form_page {
  html::node root;
  const url::url& address;  ///< its own, where redirects ended
  std::string_view charset; ///< the standard's name of what it is written in
};

/// The request that sends `form` with `values` filled in: URL, method, body, and the fields that describe it: Content-Type, and Referer
/// and Origin, which guards against forged forms look at. `idempotent` is false where it is a POST. The error says why it can't be sent,
/// in words without a word of the page's.
std::expected<request, std::string> submission(const form_page& page, html::node form, const form_values& values);

/// The bodies of the three ways of encoding (4.10.21.8, 4.10.21.7, 4.10.21.9). Names and values are bytes of the form's encoding already.
std::string urlencoded(const std::vector<form_entry>& entries);
/// `boundary` is chosen so that it stands in no entry.
std::string multipart(const std::vector<form_entry>& entries, std::string& boundary);
std::string plain_text(const std::vector<form_entry>& entries);

}  // namespace trawl::extract
