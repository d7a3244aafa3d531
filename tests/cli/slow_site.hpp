// A site of known size whose pages take their time, so that a crawl of it can be interrupted; and what an output must hold of it.
#pragma once
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>

#include "tests/cli/process.hpp"
#include "tests/site/server.hpp"

namespace trawl::cli {

/// The root links to so many pages. /broken answers 404 until it is mended.
class slow_site {
 public:
  explicit slow_site(int pages = 40, std::chrono::milliseconds pause = std::chrono::milliseconds(20))
      : pages_(pages), pause_(pause), server_([this](const site::seen_request& r) { return answer(r); }) {}
  std::string url(const std::string& target = "/") const { return server_.url(target); }
  std::size_t count(const std::string& target) const { return server_.count(target); }
  /// Its root, its pages, and the broken one.
  std::size_t size() const { return static_cast<std::size_t>(pages_) + 2; }
  void mend() { is_mended_ = true; }
  /// Waits until so many requests have come.
  bool wait_for(std::size_t requests) const {
    return server_.wait_until([&](const site::server& s) { return s.log().size() >= requests; }, std::chrono::seconds(20));
  }
  std::size_t requests() const { return server_.log().size(); }
  /// Arguments of a crawl of it, two requests at a time.
  std::vector<std::string> crawl(const std::vector<std::string>& more) const {
    std::vector<std::string> out = {"crawl", url(), "--delay", "0s", "--set", "fetch.concurrency=2", "--no-progress"};
    out.insert(out.end(), more.begin(), more.end());
    return out;
  }

 private:
  site::reply answer(const site::seen_request& r) {
    if (r.target == "/robots.txt") return site::page("User-agent: *\nDisallow: /private\n", 200, "text/plain");
    if (r.target == "/broken") return site::page("here or not", is_mended_ ? 200 : 404);
    std::string body = "<title>" + r.target + "</title>";
    if (r.target == "/") {
      for (int i = 1; i <= pages_; ++i) body += "<a href='/p/" + std::to_string(i) + "'>page</a>";
      body += "<a href='/broken'>broken</a>";
    }
    site::reply out = site::page(body);
    out.pause = pause_;
    return out;
  }

  const int pages_;
  const std::chrono::milliseconds pause_;
  std::atomic<bool> is_mended_{false};
  site::server server_;
};

/// Expects each URL of the site once, and seq from 1 without gaps, in their order.
inline void expect_whole(const std::string& output, const slow_site& site) {
  std::set<std::string> urls;
  std::uint64_t seq = 0;
  for (const std::string& line : lines(output)) {
    const auto record = nlohmann::json::parse(line, nullptr, false);
    ASSERT_TRUE(record.is_object()) << line;
    EXPECT_EQ(record["seq"], ++seq);
    EXPECT_TRUE(urls.insert(record["url"]).second) << record["url"] << " twice";
  }
  EXPECT_EQ(urls.size(), site.size());
}

}  // namespace trawl::cli
