#include "crawler/model/record.hpp"

#include <cstdio>
#include <ctime>

#include "crawler/model/json_text.hpp"

namespace trawl {
namespace {

void text_or_null(json_object& o, std::string_view key, const std::string& value) {
  if (value.empty()) {
    o.null(key);
  } else {
    o.text(key, value);
  }
}

std::string_view to_string(truncation t) noexcept {
  switch (t) {
    case truncation::none: return {};
    case truncation::length: return "length";
    case truncation::time: return "time";
    case truncation::disconnect: return "disconnect";
  }
  return {};
}

void append_links(std::string& out, const std::vector<link>& links) {
  out += '[';
  for (const link& l : links) {
    if (&l != &links.front()) out += ',';
    json_object o(out);
    o.text("url", l.url);
    o.text("text", l.text);
    o.text("rel", l.rel);
    o.text("kind", trawl::to_string(l.kind));
    o.close();
  }
  out += ']';
}

void append_headers(std::string& out, const header_list& headers) {
  // A field that comes more than once is joined as RFC 9110, 5.2 allows, Set-Cookie too: here it is only read by people.
  std::vector<std::pair<std::string, std::string>> joined;
  for (const auto& [name, value] : headers) {
    bool found = false;
    for (auto& [known, all] : joined)
      if (equal_ignoring_case(known, name)) {
        all += ", ";
        all += value;
        found = true;
      }
    if (!found) joined.emplace_back(name, value);
  }
  json_object o(out);
  for (auto& [name, value] : joined) {
    for (char& c : name)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    std::string quoted;
    append_json_string(quoted, name);
    o.raw(std::string_view(quoted).substr(1, quoted.size() - 2), [&] {
      std::string v;
      append_json_string(v, value);
      return v;
    }());
  }
  o.close();
}

void write_origin(json_object& o, const record& r) {
  o.text("url", r.asked.url);
  text_or_null(o, "final_url", r.final_url);
  if (r.asked.method != "GET") o.text("method", r.asked.method);
  o.number("depth", r.asked.depth);
  text_or_null(o, "parent", r.asked.parent);
  o.text("seed", r.asked.seed);
  if (!r.asked.meta.empty()) o.raw("meta", r.asked.meta);
}

void write_outcome(json_object& o, std::string& out, const record& r) {
  if (r.status) {
    o.number("status", *r.status);
  } else {
    o.null("status");
  }
  if (r.failure) {
    o.key("error");
    json_object e(out);
    e.text("code", trawl::to_string(r.failure->code));
    e.text("message", r.failure->detail);
    e.close();
  }
  o.text("outcome", r.outcome);
  text_or_null(o, "fetched_at", r.fetched_at);
  o.decimal("elapsed_ms", r.elapsed_ms);
  o.number("attempts", r.attempts);
  text_or_null(o, "http_version", r.http_version);
  text_or_null(o, "ip", r.ip);
  text_or_null(o, "content_type", r.content_type);
  text_or_null(o, "charset", r.charset);
  o.number("wire_bytes", static_cast<std::int64_t>(r.wire_bytes));
  o.number("bytes", static_cast<std::int64_t>(r.bytes));
  if (r.truncated != truncation::none) o.text("truncated", to_string(r.truncated));
  if (r.from_cache) o.flag("from_cache", true);
  if (!r.tls_verified) o.flag("tls_verified", false);
  if (r.noindex) o.flag("noindex", true);
  if (!r.duplicate_of.empty()) o.text("duplicate_of", r.duplicate_of);
  if (r.robots) {
    o.key("robots");
    json_object note(out);
    note.flag("allowed", r.robots->allowed);
    note.text("rule", r.robots->rule);
    note.close();
  }
}

void write_content(json_object& o, std::string& out, const record& r) {
  if (!r.redirects.empty()) {
    o.key("redirects");
    out += '[';
    for (const redirect_hop& hop : r.redirects) {
      if (&hop != &r.redirects.front()) out += ',';
      json_object h(out);
      h.text("url", hop.url);
      h.number("status", hop.status);
      h.close();
    }
    out += ']';
  }
  if (r.headers) {
    o.key("headers");
    append_headers(out, *r.headers);
  }
  if (!r.sha256.empty()) o.text("sha256", r.sha256);
  if (!r.simhash.empty()) o.text("simhash", r.simhash);
  if (!r.title.empty()) o.text("title", r.title);
  if (r.links) {
    o.key("links");
    append_links(out, *r.links);
  }
  if (!r.metadata.empty()) o.raw("metadata", r.metadata);
  if (r.text) o.text("text", *r.text);
  if (r.markdown) o.text("markdown", *r.markdown);
  if (r.html) o.text("html", *r.html);
  if (!r.fields.empty()) o.raw("fields", r.fields);
  if (!r.items.empty()) o.raw("items", r.items);
  if (!r.warnings.empty()) {
    o.key("warnings");
    out += '[';
    for (const std::string& w : r.warnings) {
      if (&w != &r.warnings.front()) out += ',';
      append_json_string(out, w);
    }
    out += ']';
  }
}

}  // namespace

std::string to_json(const record& r) {
  std::string out;
  std::size_t size = 512 + (r.links ? r.links->size() * 128 : 0);
  for (const auto* content : {&r.text, &r.markdown, &r.html})
    if (*content) size += (*content)->size() + (*content)->size() / 8;
  out.reserve(size);
  json_object o(out);
  o.text("job", r.job);
  o.number("seq", 0);
  o.number("visit", r.visit);
  write_origin(o, r);
  write_outcome(o, out, r);
  write_content(o, out, r);
  o.close();
  return out;
}

std::string to_rfc3339(std::chrono::system_clock::time_point t) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(t.time_since_epoch()).count();
  const std::time_t seconds = ms / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  const int length = std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                                   parts.tm_hour, parts.tm_min, parts.tm_sec, static_cast<int>(ms % 1000));
  return {text, static_cast<std::size_t>(length)};
}

}  // namespace trawl
