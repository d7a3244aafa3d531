#include "tests/site/sample_site.hpp"

#include <fmt/format.h>

#include <charconv>

namespace trawl::site {
namespace {

std::string frame(const std::string& title, const std::string& body) {
  return fmt::format("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title></head>\n<body><nav><a href=\"/\">Home</a> <a href=\"/products?page=1\">Products</a> "
                     "<a href=\"/articles/1\">Articles</a></nav>\n{}\n</body></html>\n", title, body);
}

/// The number behind a prefix, from 1 to `most`; 0 if there is none.
int number_after(std::string_view target, std::string_view prefix, int most) {
  if (!target.starts_with(prefix)) return 0;
  target.remove_prefix(prefix.size());
  int n = 0;
  const auto [end, ec] = std::from_chars(target.data(), target.data() + target.size(), n);
  return ec == std::errc() && end == target.data() + target.size() && n >= 1 && n <= most ? n : 0;
}

}  // namespace

std::string sample_site::list_page(int number) const {
  std::string body = fmt::format("<h1>Products, page {}</h1>\n", number);
  for (int p = (number - 1) * 20 + 1; p <= std::min(number * 20, products_); ++p)
    body += fmt::format("<article class=\"product\"><h3><a href=\"products/{0}\" title=\"Product {0}\">Product {0}</a></h3><p class=\"price\">${1}.{2:02}</p></article>\n", p, 5 + p % 90, p % 100);
  if (number < list_pages()) body += fmt::format("<a class=\"next\" rel=\"next\" href=\"?page={}\">next</a>", number + 1);
  return frame(fmt::format("Products {}", number), body);
}

std::string sample_site::product_page(int number) const {
  std::string body = fmt::format("<h1>Product {}</h1><p class=\"price\">${}.{:02}</p><ul class=\"tags\">", number, 5 + number % 90, number % 100);
  for (const int tag : {number % 7, number % 11}) body += fmt::format("<li><a href=\"/articles/{}\">tag {}</a></li>", tag % articles_ + 1, tag);
  body += "</ul>";
  for (int step = 1; step <= 5; ++step) body += fmt::format("<a href=\"{0}#more\">Product {0}</a> ", (number * 7 + step * 13) % products_ + 1);
  return frame(fmt::format("Product {}", number), body);
}

std::string sample_site::article_page(int number) const {
  std::string body = fmt::format("<article><h1>Article {}</h1>", number);
  for (int paragraph = 0; paragraph < 12; ++paragraph) body += fmt::format("<p>Paragraph {} of article {}, which says what paragraphs say &amp; no more.</p>\n", paragraph, number);
  return frame(fmt::format("Article {}", number), body + fmt::format("</article><a href=\"{}\">Next article</a>", number % articles_ + 1));
}

reply sample_site::answer(const seen_request& r) const {
  const std::string& target = r.target;
  if (target == "/") return page(frame("Sample shop", "<h1>Sample shop</h1><a href=\"/gone\">gone</a> <a href=\"/old\">old</a> <a href=\"/private/report\">private</a> <!-- <a href=\"/comment\">no</a> -->"));
  if (target == "/robots.txt") return page("User-agent: *\nDisallow: /private/\n", 200, "text/plain");
  if (target == "/old") return redirect("/new");
  if (target == "/new") return page(frame("Moved here", "<h1>Moved here</h1>"));
  if (const int n = number_after(target, "/products?page=", list_pages())) return page(list_page(n));
  if (const int n = number_after(target, "/products/", products_)) return page(product_page(n));
  if (const int n = number_after(target, "/articles/", articles_)) return page(article_page(n));
  return page(frame("Not found", "<h1>Not found</h1>"), 404);
}

std::set<std::string> sample_site::reachable() const {
  std::set<std::string> out = {"/", "/gone", "/old"};
  for (int n = 1; n <= list_pages(); ++n) out.insert(fmt::format("/products?page={}", n));
  for (int n = 1; n <= products_; ++n) out.insert(fmt::format("/products/{}", n));
  for (int n = 1; n <= articles_; ++n) out.insert(fmt::format("/articles/{}", n));
  return out;
}

}  // namespace trawl::site
