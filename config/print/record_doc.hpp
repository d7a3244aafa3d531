// The words of every key of the record, and of every error code.
#pragma once
#include <array>

#include "config/print/record.hpp"

namespace trawl::config {

constexpr row always(std::string_view name, std::string_view doc) { return {name, doc, 0, no_limit, trust::any, state::ready, false, true}; }

template <>
struct described<record_error> {
  static constexpr row rows[] = {always("code", "one of the codes in errors.md"), always("message", "what happened, in words")};
};

template <>
struct described<record_robots> {
  static constexpr row rows[] = {always("allowed", "whether the URL may be fetched"), always("rule", "the rule that decided, as it stands in robots.txt")};
};

template <>
struct described<record_redirect> {
  static constexpr row rows[] = {always("url", "that redirected"), always("status", "its HTTP status")};
};

template <>
struct described<record_link> {
  static constexpr row rows[] = {
      always("url", "absolute and normalised"),
      always("text", "anchor text, blanks folded"),
      always("rel", "the rel attribute, lower case"),
      always("kind", "as in scope.follow"),
  };
};

template <>
struct described<record_shape> {
  static constexpr row rows[] = {
      always("job", "name of the job"),
      always("seq", "position in the job's result log, from 1 without gaps"),
      always("visit", "1 unless revisited"),
      always("url", "normalised URL asked for"),
      always("final_url", "where redirects ended; null when no response came"),
      {"method", "absent for GET"},
      always("depth", "links from a seed"),
      always("parent", "page that first named it; null for a seed"),
      always("seed", "its seed, as the job has it"),
      {"meta", "the seed's meta"},
      always("status", "HTTP status of the last response; null when none came"),
      {"error", "why there is no usable answer"},
      always("outcome", "new; on revisits also changed, unchanged, gone"),
      always("fetched_at", "first attempt's start, RFC 3339 in UTC with ms; null when nothing was asked"),
      always("elapsed_ms", "from the first attempt's start to the body's end, without waits in the queue"),
      always("attempts", "requests sent, holds included"),
      always("http_version", "of the last response"),
      always("ip", "address that answered"),
      always("content_type", "as the response says"),
      always("charset", "the name in the Encoding Standard"),
      always("wire_bytes", "body as received"),
      always("bytes", "body after content decoding"),
      {"truncated", "why the body is not whole"},
      {"from_cache", "true when it came from the cache"},
      {"tls_verified", "false when the certificate was not checked"},
      {"noindex", "true when the page asks not to be indexed"},
      {"duplicate_of", "the URL whose record holds this content"},
      {"robots", "where a rule of robots.txt decided"},
      {"redirects", "hops on the way to final_url"},
      {"headers", "response headers, as extract.headers asks; names in lower case"},
      {"sha256", "of the decoded body, hex; with extract.digests"},
      {"simhash", "of the text, 64 bits in hex; with extract.digests"},
      {"title", "of the page"},
      {"links", "out-links in document order, one for each URL; with extract.links"},
      {"metadata",
       "title description canonical language detected_language author site_name published modified image keywords robots, opengraph, twitter, json_ld, "
       "microdata, feeds; what the page says nothing of is absent"},
      {"text", "main content as plain text; with extract.text"},
      {"markdown", "main content as Markdown; with extract.markdown"},
      {"html", "decoded source; with extract.html"},
      {"fields", "values by name; with extract.fields"},
      {"items", "one entry for each match; with extract.items"},
      {"warnings", "a value that did not convert, a tree cut short"},
  };
};

inline constexpr std::array<error_row, 28> error_rows = {{
    {"dns.not_found", "the name does not exist, or has no address"},
    {"dns.timeout", "no resolver answered in time"},
    {"dns.failed", "a resolver answered with a failure"},
    {"connect.refused", "the port is closed"},
    {"connect.timeout", "no answer to the connection attempt within fetch.timeout.connect"},
    {"connect.reset", "closed or reset before a response"},
    {"connect.unreachable", "no route to the address"},
    {"connect.blocked_address", "the address is not globally reachable and not allowed; wins over what robots.txt would have said"},
    {"tls.certificate", "the certificate does not verify"},
    {"tls.handshake", "the TLS handshake failed otherwise"},
    {"http.malformed", "not an HTTP response, or one with dangerous framing"},
    {"http.header_too_large", "the response head is above fetch.max_header"},
    {"http.too_many_redirects", "more than fetch.max_redirects, or a loop"},
    {"http.redirect_out_of_scope", "a redirect that the scope refuses"},
    {"timeout.first_byte", "no response head within fetch.timeout.first_byte"},
    {"timeout.total", "the exchange took longer than fetch.timeout.total"},
    {"timeout.too_slow", "slower than fetch.min_rate"},
    {"body.too_large", "the body is above fetch.max_body"},
    {"body.truncated", "closed or reset after the head, inside the body"},
    {"body.decode", "the content coding is broken"},
    {"robots.disallowed", "robots.txt forbids it"},
    {"robots.unreachable", "robots.txt could not be read, so nothing of the origin may be fetched (RFC 9309, 2.3.1.4)"},
    {"proxy.refused", "the proxy did not connect"},
    {"proxy.auth", "the proxy wants other credentials"},
    {"login.failed", "fetch.login did not succeed"},
    {"host.skipped", "the host was given up as dead"},
    {"url.invalid", "not a URL that can be fetched"},
    {"internal", "a fault of trawl's own"},
}};

}  // namespace trawl::config
