#include "bench/micro/real_input.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace trawl::bench {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t most_pages = 64;

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<fs::path> page_files(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code ignored;
  for (fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, ignored), end; at != end; at.increment(ignored)) {
    const std::string extension = at->path().extension().string();
    if (!at->is_regular_file(ignored) || (extension != ".html" && extension != ".htm")) continue;
    if (const auto size = at->file_size(ignored); size >= 30'000 && size <= 100'000) out.push_back(at->path());
  }
  std::ranges::sort(out);
  return out;
}

std::vector<real_page> read_pages() {
  const char* given = std::getenv("TRAWL_BENCH_PAGES");
  const fs::path folder = given != nullptr ? given : "/usr/share/doc";
  const std::vector<fs::path> files = page_files(folder);
  std::vector<real_page> out;
  const std::size_t step = std::max<std::size_t>(1, files.size() / most_pages);
  for (std::size_t i = 0; i < files.size() && out.size() < most_pages; i += step) {
    const auto address = url::parse("http://docs.example.org/" + files[i].lexically_relative(folder).generic_string());
    real_page& page = out.emplace_back();
    page.body = content_of(files[i]);
    page.scan = extract::scan_page(page.body, false);
    page.address = address.value_or(url::url{});
  }
  return out;
}

}  // namespace

const std::vector<real_page>& real_pages() {
  static const std::vector<real_page> pages = read_pages();
  return pages;
}

std::string robots_file() {
  if (const char* given = std::getenv("TRAWL_BENCH_ROBOTS"); given != nullptr) return content_of(given);
  std::string out = "User-agent: badbot\nDisallow: /\n\nUser-agent: *\nCrawl-delay: 1\n";
  for (const char* folder : {"admin", "api", "cart", "checkout", "customer", "includes", "misc", "modules", "profiles", "scripts", "search", "themes", "user", "w", "wiki/Special:"})
    for (const char* rest : {"/", "/*?sort=", "/*.php$", "/print/", "/login", "/*&page="}) out += std::string("Disallow: /") + folder + rest + "\n";
  for (const char* rule : {"Disallow: /*?dir=*", "Disallow: /*sessionid=", "Disallow: /*.pdf$", "Disallow: /tag/", "Allow: /misc/*.css$", "Allow: /misc/*.js$",
                           "Allow: /api/public/", "Allow: /search/help", "Disallow: /index.php?", "Disallow: /*/trackback/"})
    out += std::string(rule) + "\n";
  return out + "\nSitemap: https://www.example.org/sitemap.xml\n";
}

}  // namespace trawl::bench
