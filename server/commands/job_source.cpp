#include "server/commands/job_source.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "config/document/path.hpp"
#include "crawler/engine/crawl.hpp"
#include "crawler/engine/seeds.hpp"
#include "crawler/policy/cookie_jar.hpp"
#include "crawler/url/url.hpp"
#include "server/schedule/timetable.hpp"

namespace trawl::server {
namespace {

bool is_job_file(const std::string& s) { return s.ends_with(".yaml") || s.ends_with(".yml") || s.ends_with(".json"); }

config::loaded_job refuse(std::string message) {
  config::loaded_job out;
  out.problems.push_back({"trawl crawl", 0, 0, "", std::move(message)});
  return out;
}

config::node scalar(const std::string& text) {
  config::node out = config::node::of_text(text, nullptr);
  out.quoted = false;  // a number is one here too
  return out;
}

config::node list_of(const std::vector<std::string>& texts) {
  config::node out;
  out.is = config::node::kind::list;
  for (const std::string& text : texts) out.list.push_back(config::node::of_text(text, nullptr));
  return out;
}

/// The flags in the order in which they lie over each other: the list, what is extracted, the numbers.
std::vector<config::setting> flags_of(const job_arguments& given, bool has_job_file) {
  std::vector<config::setting> out;
  if (!given.list.empty()) {
    if (has_job_file) out.push_back({"seeds", list_of({}), "-i"});
    out.push_back({"seed_files", list_of({given.list}), "-i"});
    out.push_back({"scope.max_depth", scalar("0"), "-i"});
  }
  for (const std::string& name : given.extracts) out.push_back({"extract." + name, scalar("true"), "-x " + name});
  const auto add = [&](const char* key, const std::string& value, const char* flag) {
    if (!value.empty()) out.push_back({key, scalar(value), flag});
  };
  add("scope.max_pages", given.max_pages, "--max-pages");
  add("scope.max_depth", given.depth, "--depth");
  add("politeness.delay", given.delay, "--delay");
  add("fetch.concurrency", given.concurrency, "--concurrency");
  return out;
}

/// A name or address that only this machine or its network knows.
bool is_private_host(std::string_view host) {
  for (const std::string_view start : {"127.", "10.", "192.168.", "169.254.", "[::1]", "[fc", "[fd", "[fe8"})
    if (host.starts_with(start)) return true;
  for (const std::string_view end : {".localhost", ".local", ".internal", ".test", ".invalid", ".home.arpa"})
    if (host.ends_with(end)) return true;
  return host.find_first_of(".:") == std::string_view::npos;
}

}  // namespace

std::string with_scheme(std::string url) {
  const std::size_t end = url.find("://");
  const bool has_scheme = end != std::string::npos && end > 0 && std::ranges::all_of(url.begin(), url.begin() + static_cast<std::ptrdiff_t>(end), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '-';
  });
  return has_scheme ? url : "https://" + url;
}

config::loaded_job checked(config::loaded_job loaded) {
  const bool is_readable = std::ranges::none_of(loaded.problems, [](const config::problem& p) { return p.path.empty(); });
  if (is_readable)
    for (auto& p : engine::check_job(loaded.job)) loaded.add(std::move(p.path), std::move(p.message));
  if (auto wrong = is_readable ? wrong_with_schedule(loaded.job) : std::nullopt) loaded.add(std::move(wrong->path), std::move(wrong->message));
  return loaded;
}

namespace {

void check_cookie_file(config::loaded_job& loaded) {
  const auto& path = loaded.job.fetch.cookies.file;
  if (!path) return;
  std::ifstream file(*path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) {
    loaded.add("fetch.cookies.file", *path + ": " + (file ? "there is nothing in it" : std::strerror(errno)));
    return;
  }
  const auto broken = policy::cookie_jar().load_netscape(text.view(), std::chrono::system_clock::now());
  if (!broken.empty()) loaded.add("fetch.cookies.file", fmt::format("{}:{}: not a line of a Netscape cookie file: seven fields parted by tabs", *path, broken.front()));
}

/// The crawl makes it where it is not there: then the nearest directory above it has to be one that may be written to.
void check_cache_dir(config::loaded_job& loaded) {
  namespace files = std::filesystem;
  const auto& cache = loaded.job.fetch.cache;
  if (!cache.dir) return;
  std::error_code ec;
  files::path nearest = files::absolute(*cache.dir, ec);
  while (!files::exists(nearest, ec) && nearest.has_relative_path()) nearest = nearest.parent_path();
  const bool is_read_only = cache.mode == config::cache_mode::offline && nearest == files::absolute(*cache.dir, ec);
  if (!files::is_directory(nearest, ec))
    loaded.add("fetch.cache.dir", nearest.string() + ": not a directory");
  else if (::access(nearest.c_str(), is_read_only ? R_OK | X_OK : R_OK | W_OK | X_OK) != 0)
    loaded.add("fetch.cache.dir", nearest.string() + ": " + std::strerror(errno));
}

}  // namespace

void check_files(config::loaded_job& loaded) {
  for (const auto& [path, why] : engine::unreadable_seed_files(loaded.job)) {
    const auto at = std::ranges::find(loaded.job.seed_files, path) - loaded.job.seed_files.begin();
    loaded.add(config::item_path("seed_files", static_cast<std::size_t>(at)), path + ": " + why);
  }
  check_cookie_file(loaded);
  check_cache_dir(loaded);
  const auto& certificates = loaded.job.fetch.tls.ca_file;
  if (certificates && !std::ifstream(*certificates)) loaded.add("fetch.tls.ca_file", *certificates + ": " + std::strerror(errno));
}

config::loaded_job load_job(const job_arguments& given) {
  const auto files = std::ranges::count_if(given.targets, is_job_file);
  const bool has_file = files > 0;
  if (given.targets.empty() && given.list.empty()) return refuse("what is to be crawled? Give a job file, URLs, or -i FILE");
  if (files > 1) return refuse("one job file at a time; to put one on top of another, begin it with 'extends: base.yaml'");
  if (has_file && given.targets.size() > 1) return refuse("a job file or URLs, not both; a job's own seeds stand in it, or come by -i FILE");
  config::load_options options;
  options.sets = given.sets;
  options.flags = flags_of(given, has_file);
  if (!has_file && !given.targets.empty()) {
    std::vector<std::string> urls = given.targets;
    std::ranges::transform(urls, urls.begin(), with_scheme);
    options.flags.insert(options.flags.begin(), config::setting{"seeds", list_of(urls), "command line"});
  }
  auto loaded = checked(has_file ? config::load_job_file(given.targets.front(), options) : config::load_job_text("", "command line", options));
  check_files(loaded);
  if (has_file && given.targets.front().find("://") != std::string::npos && !loaded.problems.empty())
    loaded.problems.back().message += "; an argument that ends so is a job file. To fetch it, name it by --set 'seeds=[…]' or in a list (-i)";
  return loaded;
}

bool is_anonymous(const config::job& job) {
  if (job.politeness.contact || job.politeness.user_agent) return false;
  return std::ranges::any_of(job.seeds, [](const config::seed& s) {
    const auto parsed = url::parse(s.url);
    return parsed && parsed->host && !is_private_host(*parsed->host);
  });
}

}  // namespace trawl::server
