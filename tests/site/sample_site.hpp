// A small shop with a blog, made from numbers: a home page, a paged list, products, articles, a page robots.txt forbids, a dead link and
// a redirect. The same for everyone, so that a crawl of it has one right answer.
#pragma once
#include <set>
#include <string>

#include "tests/site/server.hpp"

namespace trawl::site {

class sample_site {
 public:
  explicit sample_site(int products = 200, int articles = 60) : products_(products), articles_(articles) {}
  reply answer(const seen_request& r) const;
  /// Targets that a crawl from "/" asks for, "/robots.txt" left out: pages, the dead link, the redirect's source.
  std::set<std::string> reachable() const;
  static constexpr const char* forbidden = "/private/report";

 private:
  std::string list_page(int number) const;
  std::string product_page(int number) const;
  std::string article_page(int number) const;
  int list_pages() const noexcept { return (products_ + 19) / 20; }
  int products_, articles_;
};

}  // namespace trawl::site
