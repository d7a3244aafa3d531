// Any 10 MiB of bytes end within two seconds of CPU time and 256 MiB: links, pages, sitemaps, XML, Link headers, fields, values, dates.
#include <gtest/gtest.h>

#include "crawler/extract/dates.hpp"
#include "crawler/extract/link_header.hpp"
#include "crawler/extract/links.hpp"
#include "crawler/extract/metadata.hpp"
#include "crawler/extract/recipe.hpp"
#include "crawler/extract/sitemap.hpp"
#include "crawler/extract/values.hpp"
#include "crawler/extract/xml_reader.hpp"
#include "crawler/html/document.hpp"
#include "tests/support/cost.hpp"

namespace trawl::extract {
namespace {

using test::expect_bounded, test::flood, test::nested;

const url::url address = *url::parse("https://h.test/a/b");

/// A page to its links and metadata.
void read_page(std::string_view page) {
  const page_scan scan = scan_page(page, true);
  static_cast<void>(metadata(scan, address));
  for (const found_link& found : links(scan, address)) static_cast<void>(found);
}

TEST(WorstCase, PagesOfFloods) {
  for (const char* piece : {"<", "&", "<a ", "<a href>", "<a href=a>", "<a href=a>&amp;", "<a href='//", "<img srcset=,>", "<svg><a xlink:href=x>", "<template>", "</template>", "<title>", "<meta name=a content=b>",
                            "<meta http-equiv=refresh content='0;url=a'>", "<meta name=robots content=,>", "<link rel='a b'>", "<link rel=next href=a>", "<base href=a>", "<html lang=a>", "<iframe src=a>", "<svg>", "</svg><title>", "]]>"})
    expect_bounded(piece, [page = flood("", piece)] { read_page(page); });
}

void read_attributes(std::size_t size) {
  for (const char* start : {"<a href='", "<a href='a' rel='", "<img srcset='", "<img srcset='a (", "<meta name=robots content='", "<meta http-equiv=refresh content='0;url=", "<link href=a rel='", "<link rel=next href=a type='", "<base href='",
                            "<html lang='", "<a href=a>", "<title>", "<meta name='"})
    for (const char* piece : {",", " ", "a,", ", a", "(", ")", "a ", "&amp;", "../", "a", "&", "\xC3\xBC", "next "})
      expect_bounded(std::string(start) + " and " + piece, [page = flood(start, piece, size) + "'>x</a></title>"] { read_page(page); });
}

TEST(WorstCase, PagesOfOneAttributeShortly) { read_attributes(test::bad_input / 16); }
TEST(WorstCaseNightly, PagesOfOneAttribute) { read_attributes(test::bad_input); }

TEST(WorstCase, PagesOfManyDistinctLinks) {
  std::string page = "<base href='https://other.test/" + std::string(100, 'd') + "/'>";
  for (std::size_t i = 0; page.size() < test::bad_input; ++i) page += "<a href=" + std::to_string(i) + ">";
  expect_bounded("links", [&] { read_page(page); });
}

/// A base is repeated in every link: what links cost is not bounded by the page's length alone.
TEST(WorstCase, LinksUnderALongBase) {
  const std::string page = "<base href='/" + std::string(test::bad_input / 2, 'd') + "/'>" + flood("", "<a href=a>", test::bad_input / 2);
  expect_bounded("links", [&] { read_page(page); });
}

TEST(WorstCase, Xml) {
  for (const char* piece : {"<", "<a", "<a ", "<a b='", "<a b=\"<", "</", "<!", "<!--", "<!DOCTYPE [", "<!DOCTYPE a [<!ENTITY a 'b", "<?", "<![CDATA[", "<![CDATA[]]>", "]]>", "&", "&#", "-->", "<a/>", "<!DOCTYPE a ["})
    expect_bounded(piece, [text = flood("", piece)] {
      std::string out;
      xml_reader reader(text);
      while (const auto event = reader.next()) {
        out.clear();
        append_xml_text(out, event->text);
        static_cast<void>(xml_attribute(event->attributes, "href"));
      }
    });
}

TEST(WorstCase, XmlAttributes) {
  for (const char* piece : {"a", "=", "a=", "a='", "a='b' ", " ", "'", "\"", "&", "href "}) expect_bounded(piece, [text = flood("", piece)] { static_cast<void>(xml_attribute(text, "href")); });
}

/// All that it is held to hold.
void read_sitemap(std::string_view bytes) {
  html::decoded text;
  decode_sitemap(bytes, "", text);
  sitemap_tally tally;
  for (const sitemap_entry& entry : sitemap_entries(text.text, address, tally)) static_cast<void>(entry);
}

void read_sitemaps(std::size_t size) {
  for (const char* start : {"", "<urlset>", "<sitemapindex>", "<rss>", "<feed>", "<urlset><url><loc>", "<feed><entry><link href='", "<?xml encoding='", "https://h/"})
    for (const char* piece : {"<", "<url>", "<loc>", "<url><loc>https://h/</loc>", "<url><loc>", "</loc>", "<item>", "<item><link>/a</link>", "<entry><link href='a'/>", "<link href='", "https://h/a\n", "\n", "a", "]]>", "&amp;", "<![CDATA[a]]>",
                              "<loc><loc>", "\xFF"})
      expect_bounded(std::string(start) + " and " + piece, [text = flood(start, piece, size)] { read_sitemap(text); });
}

TEST(WorstCase, SitemapsShortly) { read_sitemaps(test::bad_input / 16); }
TEST(WorstCaseNightly, Sitemaps) { read_sitemaps(test::bad_input); }

TEST(WorstCase, SitemapDepth) {
  for (const auto& [open, close] : {std::pair{"<url>", "</url>"}, {"<loc>", "</loc>"}, {"<a>", "</a>"}}) expect_bounded(open, [text = "<urlset><url>" + nested(open, close)] { read_sitemap(text); });
}

void read_link_headers(std::size_t size) {
  for (const char* start : {"", "<a>; rel=\"", "<a>; ", "<"})
    for (const char* piece : {"<", ">", ",", ";", "<a>;rel=next,", "<a>;", "\"", "\\", " ", "a", "a=b;", "next "})
      expect_bounded(std::string(start) + " and " + piece, [field = flood(start, piece, size)] { static_cast<void>(header_links(field, address)); });
}

TEST(WorstCase, LinkHeadersShortly) { read_link_headers(test::bad_input / 16); }
TEST(WorstCaseNightly, LinkHeaders) { read_link_headers(test::bad_input); }

void read_values(std::size_t size) {
  using enum config::value_type;
  for (const char* piece : {"1", ",", ".", "1,", " ", "[", "{", "[1,", "\"", "\\", "-", "$", "a", "2024-", ":", "%", "\xC2\xA0", "{\"a\":", "[]"})
    for (const config::value_type type : {string, number, integer, boolean, url, date, json})
      expect_bounded(std::string("type ") + std::to_string(static_cast<int>(type)) + " of " + piece, [type, text = flood("", piece, size)] { static_cast<void>(to_json_value(text, type, address)); });
  for (const char* piece : {"1 ", "jan ", ",", "2024-01-01T"}) expect_bounded(piece, [text = flood("", piece, size)] { static_cast<void>(to_iso_date(text)); });
}

TEST(WorstCase, ValuesAndDatesShortly) { read_values(test::bad_input / 16); }
TEST(WorstCaseNightly, ValuesAndDates) { read_values(test::bad_input); }

TEST(WorstCase, Recipes) {
  config::extract settings;
  settings.fields["all"] = {.css = "*", .regex = "(a|b)*c", .many = true};
  settings.fields["html"] = {.css = "div::html", .many = true};
  config::item_table table;
  table.each = "div";
  table.fields["inner"] = {.css = "div", .many = true};
  settings.items.push_back(table);
  settings.follow.push_back({.css = "a", .url = "https://h/{}"});
  problem_list problems;
  const recipe compiled(settings, "extract", problems);
  ASSERT_TRUE(problems.empty()) << problems.front().second;
  for (const std::string& page : {flood("", "<div>a</div>"), nested("<div>", "</div>", 10'000), flood("", "<a href=b>", 1U << 20), nested("<div>", "</div>", 5'000) + flood("", "aaaaaaaa ")})
    expect_bounded(page.substr(0, 20), [&] {
      const html::document tree(page);
      static_cast<void>(compiled.run(tree.root(), address));
    });
}

}  // namespace
}  // namespace trawl::extract
