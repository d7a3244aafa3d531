#include "crawler/extract/form/submission.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "crawler/extract/form/output_encoding.hpp"
#include "crawler/html/ascii.hpp"

namespace trawl::extract {
namespace {

using html::node;

/// The submitter's own word, where it has one, else the form's.
std::string wish(node form, node submitter, std::string_view name) {
  if (submitter)
    if (const auto own = submitter.attribute("form" + std::string(name))) return std::string(*own);
  return std::string(form.attribute(name).value_or(""));
}

/// "Fallback base URL" (2.4.3): the first base with an href, if that parses.
url::url base_of(const form_page& page) {
  for (node n = page.root; n; n = n.following(page.root)) {
    if (!n.is_html() || !n.is("base")) continue;
    const auto href = n.attribute("href");
    if (!href) continue;
    const auto base = url::parse(*href, &page.address);
    return base && base->scheme != "data" && base->scheme != "javascript" ? *base : page.address;
  }
  return page.address;
}

/// Steps 12 to 14; an action that is missing or empty is the page itself, whatever its base.
std::optional<url::url> action_of(const form_page& page, node form, node submitter) {
  const std::string written = wish(form, submitter, "action");
  if (written.empty()) return page.address;
  const url::url base = base_of(page);
  return url::parse(written, &base);
}

/// Line ends as they go over the wire (4.10.21.4, "convert to a list of name-value pairs"): CRLF each.
std::string with_crlf(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' || text[i] == '\n') {
      if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
      out += "\r\n";
    } else {
      out += text[i];
    }
  }
  return out;
}

void to_wire(std::vector<form_entry>& entries, std::string_view encoding) {
  for (form_entry& e : entries) {
    e.name = encoded_for_form(with_crlf(e.name), encoding);
    e.value = encoded_for_form(with_crlf(e.value), encoding);
  }
}

/// As referrer policy "strict-origin-when-cross-origin" has it, which is the default (Referrer Policy, 8.3).
void add_origin(const url::url& from, request& out, const url::url& to) {
  if (from.scheme == "https" && to.scheme != "https") return;
  url::url page = from;
  page.username.clear(), page.password.clear();
  out.headers.emplace_back("Referer", from.origin() == to.origin() ? page.without_fragment() : from.origin() + '/');
  if (out.method != "GET") out.headers.emplace_back("Origin", from.origin());
}

/// In a name of a multipart field (4.10.21.7).
std::string escaped_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '"') {
      out += "%22";
    } else if (c == '\r') {
      out += "%0D";
    } else if (c == '\n') {
      out += "%0A";
    } else {
      out += c;
    }
  }
  return out;
}

/// A text that no entry can foresee, for it depends on them all.
std::string boundary_for(const std::vector<form_entry>& entries, std::size_t salt) {
  std::size_t mixed = salt;
  for (const form_entry& e : entries) mixed = mixed * 31 + std::hash<std::string>{}(e.name) * 17 + std::hash<std::string>{}(e.value);
  return "----form-data-" + std::to_string(mixed);
}

bool stands_in(const std::vector<form_entry>& entries, std::string_view boundary) {
  return std::ranges::any_of(entries, [&](const form_entry& e) { return e.name.find(boundary) != std::string::npos || e.value.find(boundary) != std::string::npos; });
}

/// The body and its type, as the form's enctype asks.
void put_body(const std::vector<form_entry>& entries, std::string_view enctype, request& out) {
  std::string type = "application/x-www-form-urlencoded";
  if (html::equals_ignoring_case(enctype, "multipart/form-data")) {
    std::string boundary;
    out.body = multipart(entries, boundary);
    type = "multipart/form-data; boundary=" + boundary;
  } else if (html::equals_ignoring_case(enctype, "text/plain")) {
    out.body = plain_text(entries);
    type = "text/plain";
  } else {
    out.body = urlencoded(entries);
  }
  out.headers.emplace_back("Content-Type", std::move(type));
}

}  // namespace

std::string urlencoded(const std::vector<form_entry>& entries) {
  std::string out;
  for (const form_entry& e : entries) {
    if (!out.empty()) out += '&';
    out += url::form_encode(e.name) + '=' + url::form_encode(e.value);
  }
  return out;
}

std::string multipart(const std::vector<form_entry>& entries, std::string& boundary) {
  std::size_t salt = 0;
  do boundary = boundary_for(entries, salt++);
  while (stands_in(entries, boundary));
  std::string out;
  for (const form_entry& e : entries) {
    out += "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + escaped_name(e.name) + '"';
    if (e.is_file) out += "; filename=\"\"\r\nContent-Type: application/octet-stream";
    out += "\r\n\r\n" + e.value + "\r\n";
  }
  return out + "--" + boundary + "--\r\n";
}

std::string plain_text(const std::vector<form_entry>& entries) {
  std::string out;
  for (const form_entry& e : entries) out += e.name + '=' + e.value + "\r\n";
  return out;
}

std::expected<request, std::string> submission(const form_page& page, html::node form, const form_values& values) {
  const form_controls controls(page.root, form);
  const node pressed = controls.submitter(values);
  const std::string encoding = form_encoding(form.attribute("accept-charset").value_or(""), page.charset);
  auto entries = controls.entries(pressed, encoding == "utf-8" ? "UTF-8" : encoding, values);
  if (!entries) return std::unexpected(std::move(entries.error()));
  to_wire(*entries, encoding);

  auto target = action_of(page, form, pressed);
  if (!target || !target->is_http()) return std::unexpected("the form's action is no http or https URL");
  const std::string method = html::lowered(wish(form, pressed, "method"));
  if (method == "dialog") return std::unexpected("the form's method is dialog, which sends nothing");
  request out;
  if (method == "post") {
    out.method = "POST";
    out.idempotent = false;
    put_body(*entries, wish(form, pressed, "enctype"), out);
  } else {
    target->query = urlencoded(*entries);
  }
  out.url = target->without_fragment();
  add_origin(page.address, out, *target);
  return out;
}

}  // namespace trawl::extract
