// What no single key can show: checks over several keys. Internal to the room.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/document/node.hpp"
#include "config/job.hpp"
#include "config/server.hpp"

namespace trawl::config {

/// Dotted path and message of each problem.
using findings = std::vector<std::pair<std::string, std::string>>;

/// Fills in what follows from other keys: the name from the first seed's host. `document` is what the job was read from.
findings cross_check(job& j, const node& document);
findings cross_check(const server& s);

/// A top-level key of the job file, or of the server file: for a hint when one stands in the other.
bool is_job_key(std::string_view name) noexcept;
bool is_server_key(std::string_view name) noexcept;

/// What one key of a seed does not show. `path` is the seed's own; empty: a line of a seed file.
void check_seed(const seed& s, const std::string& path, findings& out);

/// A proxy as fetch.proxies and egress.proxies name one, or the word env.
bool is_proxy(std::string_view text);
inline constexpr const char* expected_proxy = "expected http://, https:// or socks5:// with a host, its port and perhaps user:password, or the word env";

/// Whether a request header of this name and value can be sent; what is wrong otherwise.
void check_headers(const text_map& headers, const std::string& path, findings& out);

}  // namespace trawl::config
