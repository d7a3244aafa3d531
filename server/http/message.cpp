#include "server/http/message.hpp"

#include <boost/beast/http/status.hpp>

#include "crawler/model/json_text.hpp"
#include "crawler/model/response.hpp"

namespace trawl::server::http {
namespace {

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool decode(std::string_view text, bool plus_is_blank, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size() || hex_value(text[i + 1]) < 0 || hex_value(text[i + 2]) < 0) return false;
      out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      out += plus_is_blank && text[i] == '+' ? ' ' : text[i];
    }
  }
  return true;
}

}  // namespace

std::optional<std::string_view> request::header(std::string_view name) const noexcept {
  for (const auto& [key, value] : fields)
    if (equal_ignoring_case(key, name)) return value;
  return std::nullopt;
}

std::optional<std::string_view> request::parameter(std::string_view name) const noexcept {
  for (const auto& [key, value] : query)
    if (key == name) return value;
  return std::nullopt;
}

bool split_target(std::string_view target, request& out) {
  const std::size_t mark = std::min(target.find('?'), target.size());
  if (!decode(target.substr(0, mark), false, out.path)) return false;
  std::string_view rest = target.substr(std::min(mark + 1, target.size()));
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto& [name, value] = out.query.emplace_back();
    if (!decode(pair.substr(0, equals), true, name) || !decode(pair.substr(std::min(equals + 1, pair.size())), true, value)) return false;
  }
  return true;
}

answer json(unsigned status, std::string text) {
  answer out;
  out.status = status;
  out.body = std::move(text);
  return out;
}

answer problem(unsigned status, std::string_view detail, const std::vector<problem_entry>& errors) {
  answer out;
  out.status = status;
  out.content_type = "application/problem+json";
  json_object o(out.body);
  o.text("type", "about:blank");
  o.text("title", std::string(boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status))));
  o.number("status", status);
  o.text("detail", detail);
  if (!errors.empty()) {
    o.key("errors");
    out.body += '[';
    for (const problem_entry& e : errors) {
      if (&e != &errors.front()) out.body += ',';
      json_object item(out.body);
      item.text("path", e.path);
      item.text("message", e.message);
      item.close();
    }
    out.body += ']';
  }
  o.close();
  return out;
}

}  // namespace trawl::server::http
