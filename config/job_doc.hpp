// The words, bounds and trust of every key of the job file.
#pragma once
#include "config/describe.hpp"
#include "config/job.hpp"
#include "config/job_entries_doc.hpp"

namespace trawl::config {

template <>
struct described<seed> {
  static constexpr row rows[] = {
      {"url", "the address; braces expand lazily: {1..500}, {a,b}", 0, no_limit, trust::any, state::ready, false, true},
      {"method", "request method; with a body and none given it is POST"},
      {"json", "body, sent as application/json"},
      {"form", "body, sent as a web form"},
      {"body", "body as it is"},
      {"headers", "request headers for the seed's own host", 0, no_limit, trust::any, state::ready, true},
      {"meta", "data of yours that comes back in every record below this seed"},
      {"depth", "where counting links starts", 0, 1e6},
      {"priority", "larger goes first", -1e9, 1e9},
      {"idempotent", "the request may be sent again when an answer fails to come"},
  };
};

template <>
struct described<traps> {
  static constexpr row rows[] = {
      {"detect", "leave out links that look endless, and stop path prefixes that do (rules trap.*); seeds are exempt"},
      {"max_segments", "path segments", 1, 1000},
      {"max_repeats", "the same segment in a row, or the same two or three", 1, 1000},
      {"max_query_params", "parameters in a query", 1, 10000},
      {"near_duplicates", "near-identical pages (of ten words or more, simhashes at most 3 bits apart) under one directory, or one path with different queries, that stop it; the root is never stopped", 1, 1e9},
  };
};

template <>
struct described<scope> {
  static constexpr row rows[] = {
      {"within", "host, domain (registrable), prefix (the seed's directory) or any (needs max_pages or limits)"},
      {"seed_redirects", "where a seed's redirect may join the scope: domain, any or none"},
      {"include", "patterns; when given, a URL must match one (seeds are exempt). A glob covers the whole URL; re:REGEX searches"},
      {"exclude", "patterns; win over include, also for seeds"},
      {"max_depth", "links from a seed; null is no limit, 0 the seeds only", 0, 1e6},
      {"max_pages", "final responses of any status; 0 is no limit", 0, 1e12},
      {"max_pages_per_host", "as max_pages, for each host (name and port) that URLs are of; the rest of its URLs is filtered by the rule quota. 0 is no limit", 0, 1e12},
      {"max_url_length", "longer URLs are left out", 16, 65535},
      {"follow", "what counts as a link: a area frame iframe link link-all meta-refresh img script header-link (sitemap: see sitemaps)"},
      {"nofollow", "rel=nofollow/ugc/sponsored, meta robots, X-Robots-Tag: respect or ignore"},
      {"strip_query", "names (globs) of query parameters dropped before the duplicate check"},
      {"duplicates", "pages whose decoded body was seen before in this job: keep, or drop: the record has duplicate_of and no content, and links are not followed. Without state the first million bodies are known"},
      {"traps", "signs of endless sites"},
      {"revisit_after", "with state: visit again when older, as a run begins; 0 is never", 0, 3650 * day, trust::any},
  };
};

template <>
struct described<politeness> {
  static constexpr row rows[] = {
      {"robots", "obey or ignore robots.txt", 0, no_limit, trust::operator_},
      {"user_agent", "the User-Agent field; default trawl/<version> (+<contact>)"},
      {"contact", "URL or mail address of whoever runs the crawl"},
      {"robots_agent", "product token looked up in robots.txt; default that of user_agent"},
      {"delay", "shortest time between two request starts to one host; auto is 500ms on public addresses, 0s on loopback and private ones", 0, day},
      {"per_host", "requests in flight to one host", 1, 10000},
      {"per_ip", "requests in flight to one address, of all hosts that lead there; 0 is off", 0, 10000},
      {"adaptive", "slow down as a host's latency or error rate rises"},
      {"max_delay", "cap on Crawl-delay and on adaptive", 0, day},
      {"max_retry_after", "a longer Retry-After is cut to this", 0, 30 * day},
      {"give_up_after", "a host that answers nothing but 429/503 for so long keeps the crawl open no longer; its URLs stay queued, and with state the same command goes on with them. 0 is never", 0, 30 * day},
  };
};

template <>
struct described<backoff> {
  static constexpr row rows[] = {
      {"initial", "wait before the first retry", 0, day},
      {"max", "longest wait", 0, 30 * day},
      {"jitter", "share of the wait that is random", 0, 1},
  };
};

template <>
struct described<timeout> {
  static constexpr row rows[] = {
      {"connect", "name, connection and TLS handshake", 0.001, day},
      {"first_byte", "request sent to head received", 0.001, day},
      {"total", "the whole exchange", 0.001, 7 * day},
  };
};

template <>
struct described<cookies> {
  static constexpr row rows[] = {
      {"enabled", "keep cookies and send them back (RFC 6265bis)"},
      {"file", "Netscape cookie file to start from", 0, no_limit, trust::local},
  };
};

template <>
struct described<cache> {
  static constexpr row rows[] = {
      {"dir", "directory of the cache, made if it is not there; several crawls may use one at once. null: no cache", 0, no_limit, trust::local},
      {"mode", "http: RFC 9111, asks again where that says so. always: what is stored is used, whatever its age, and all is stored. offline: nothing is fetched; what is not stored ends with connect.unreachable, and a robots.txt that is not stored allows all"},
      {"max_size", "size of the cache on disk; what was not used for long goes. An answer above a quarter of it is not stored", gibi / 1024, 1024 * tebi, trust::local},
  };
};

template <>
struct described<tls> {
  static constexpr row rows[] = {
      {"verify", "check certificates; false is written into every record", 0, no_limit, trust::operator_},
      {"ca_file", "certificates to trust beside the system's", 0, no_limit, trust::local},
      {"min_version", "1.2 or 1.3"},
  };
};

template <>
struct described<fetch> {
  static constexpr row rows[] = {
      {"concurrency", "requests in flight in all", 1, 100000},
      {"memory", "bodies in flight, as decoded; fetching waits at the limit, but one body may go beyond it. auto, and the most for all jobs of a process together: half of the cgroup's or machine's memory", gibi / 16384, 1024 * tebi},
      {"retries", "more tries after the first", 0, 100},
      {"backoff", "waits between tries"},
      {"timeout", "deadlines of one exchange"},
      {"min_rate", "bytes a second over 30 s below which an answer is given up (timeout.too_slow); 0 is off", 0, tebi},
      {"max_redirects", "redirects followed inside one record", 0, 50},
      {"max_body", "largest body, decoded; the rest is cut off and said so", 1, 4 * gibi},
      {"max_header", "largest response head", 1024, gibi / 16},
      {"content_types", "types whose body is read (globs); others are recorded by their head"},
      {"http2", "speak HTTP/2 where the server can"},
      {"compression", "content codings asked for: gzip, deflate, br, zstd"},
      {"headers", "extra request headers for every host", 0, no_limit, trust::any, state::ready, true},
      {"auth", "credentials per host, sent there alone; not with robots.txt", 0, no_limit, trust::any, state::ready, true},
      {"login", "a form that is filled in before the seeds, and again once when the session is lost; where the first fails, all is login.failed", 0, no_limit, trust::any, state::ready, true},
      {"cookies", "the job's cookie jar"},
      {"proxies", "http://, https:// or socks5:// with user:password, in turns for each host; the word env: those of http_proxy, https_proxy, no_proxy", 0, no_limit, trust::operator_},
      {"cache", "responses kept on disk"},
      {"tls", "certificates and versions"},
      {"private_addresses", "deny or allow addresses that are not globally reachable", 0, no_limit, trust::local},
      {"resolve", "name: address, instead of asking DNS", 0, no_limit, trust::operator_},
  };
};

template <>
struct described<field> {
  static constexpr row rows[] = {
      {"css", "CSS selector, with ::text (the default), ::attr(name) or ::html"},
      {"xpath", "XPath expression", 0, no_limit, trust::any, state::later},
      {"jsonpath", "JSONPath, in JSON documents and embedded JSON-LD", 0, no_limit, trust::any, state::later},
      {"regex", "RE2 over the value: its first group, else the whole match, is taken"},
      {"type", "what the value becomes; one that does not convert is null, with a warning"},
      {"many", "the values of all matches as a list, not that of the first"},
      {"default", "the value where nothing matches"},
  };
};

template <>
struct described<item_table> {
  static constexpr row rows[] = {
      {"name", "of the table, where there are several; its entries carry it as `table`"},
      {"each", "CSS selector; each match is an item", 0, no_limit, trust::any, state::ready, false, true},
      {"fields", "as extract.fields, looked for inside the item"},
      {"required", "fields without which there is no item"},
  };
};

template <>
struct described<follow_selector> {
  static constexpr row rows[] = {
      {"css", "CSS selector; without a pseudo element its href or src"},
      {"xpath", "XPath expression", 0, no_limit, trust::any, state::later},
      {"jsonpath", "JSONPath, in JSON documents", 0, no_limit, trust::any, state::later},
      {"url", "URL in which {} stands for the value"},
  };
};

template <>
struct described<extract> {
  static constexpr row rows[] = {
      {"links", "out-links in the record"},
      {"metadata", "title, description, canonical, language and the like"},
      {"microdata", "microdata and RDFa", 0, no_limit, trust::any, state::later},
      {"text", "main content as plain text (see the guide to content)"},
      {"markdown", "main content as GitHub-flavoured Markdown (see the guide to content)"},
      {"html", "decoded source"},
      {"headers", "true, or a list of response header names"},
      {"digests", "sha256 of the decoded body; of an HTML page also the simhash of its text, 64 bits (see the guide to limits)"},
      {"fields", "name: selector, or a table"},
      {"items", "one entry for each match of a selector"},
      {"follow", "selectors whose values become URLs at the same depth"},
  };
};

template <>
struct described<extract_changes> {
  static constexpr const auto& rows = described<extract>::rows;
};

template <>
struct described<rule> {
  static constexpr row rows[] = {
      {"match", "pattern of the URLs it is for", 0, no_limit, trust::any, state::ready, false, true},
      {"extract", "extraction settings that differ there"},
      {"follow", "kinds of links followed from there"},
      {"output", "false keeps the record out of the outputs"},
      {"priority", "of such URLs; larger goes first", -1e9, 1e9},
  };
};

template <>
struct described<expect> {
  static constexpr row rows[] = {
      {"pages", "2xx records at least", 0, 1e12},
      {"items", "items at least", 0, 1e12},
      {"ok_ratio", "share of 2xx records at least", 0, 1},
      {"fields", "fill rate of each field at least", 0, 1},
  };
};

template <>
struct described<limits> {
  static constexpr row rows[] = {
      {"duration", "of the crawl; 0 is none", 0, 3650 * day},
      {"bytes", "received in all; 0 is none", 0, 1024 * 1024 * tebi},
      {"errors", "records with an error; 0 is none", 0, 1e12},
  };
};

template <>
struct described<job> {
  static constexpr row rows[] = {
      {"name", "of the job: letters, digits and ._-; default the first seed's host"},
      {"seeds", "URLs to start from"},
      {"seed_files", "files of URLs, one a line; .jsonl, .csv; - is standard input", 0, no_limit, trust::local},
      {"sitemaps", "sitemap URLs (XML, index, text, RSS, Atom, gz), whose hosts join the scope as seeds do; the word robots: those that robots.txt of a crawled host names. Entries start at depth 0 and stay in the scope; their priority orders them, lastmod is not used"},
      {"scope", "where the crawl may go"},
      {"politeness", "how it behaves towards servers"},
      {"fetch", "how pages are fetched"},
      {"extract", "what is taken from a page"},
      {"rules", "settings for URLs of a pattern; all that match merge, later wins"},
      {"expect", "what makes the run a failure when it is not met"},
      {"limits", "where the run ends"},
      {"output", "outputs besides -o", 0, no_limit, trust::local, state::later},
      {"schedule", "when a server runs it, as a stored job or a file of its jobs.dir"},
  };
};

}  // namespace trawl::config
