// Cases of the sitemaps.org protocol 0.9; what is quoted stands there.
#include "crawler/extract/sitemap.hpp"

#include <gtest/gtest.h>

#include <ctime>

namespace trawl::extract {
namespace {

struct reading {
  std::vector<std::string> urls;  ///< sitemaps of an index begin with "index "
  std::vector<sitemap_entry> entries;
  sitemap_tally tally;
};

reading read(std::string_view bytes, std::string_view content_type = "") {
  reading out;
  const auto base = *url::parse("https://h/feeds/map.xml");
  html::decoded text;
  decode_sitemap(bytes, content_type, text);
  for (auto&& e : sitemap_entries(text.text, base, out.tally)) {
    out.urls.push_back((e.is == sitemap_entry::kind::sitemap ? "index " : "") + e.url);
    out.entries.push_back(std::move(e));
  }
  EXPECT_EQ(out.entries.size(), out.tally.entries);
  return out;
}

std::string urlset(const std::string& inside) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">" + inside + "</urlset>";
}

using urls = std::vector<std::string>;

TEST(Sitemap, UrlsetWithAllItsTags) {
  const auto r = read(urlset("<url>\n<loc> http://www.example.com/ </loc><lastmod>2005-01-01</lastmod><changefreq>monthly</changefreq><priority>0.8</priority></url>"
                             "<url><loc>http://www.example.com/b</loc></url>"));
  EXPECT_EQ(r.urls, (urls{"http://www.example.com/", "http://www.example.com/b"}));
  EXPECT_EQ(r.entries[0].lastmod, "2005-01-01");
  EXPECT_EQ(r.entries[0].priority, 0.8);
  EXPECT_EQ(r.entries[1].lastmod, "");
  EXPECT_EQ(r.entries[1].priority, std::nullopt);
  EXPECT_EQ(r.tally.broken, 0U);
}

TEST(Sitemap, IndexNamesSitemaps) {  // "Using Sitemap index files (to group multiple sitemap files)"
  const auto r = read("<sitemapindex><sitemap><loc>http://h/1.xml.gz</loc><lastmod>2004-10-01T18:23:17+00:00</lastmod></sitemap>"
                      "<sitemap><loc>http://h/2.xml</loc></sitemap></sitemapindex>");
  EXPECT_EQ(r.urls, (urls{"index http://h/1.xml.gz", "index http://h/2.xml"}));
  EXPECT_EQ(r.entries[0].lastmod, "2004-10-01T18:23:17+00:00");
}

TEST(Sitemap, EntitiesAreEscaped) {  // "all tag values must be entity escaped"
  EXPECT_EQ(read(urlset("<url><loc>http://h/a?b=1&amp;c=&#50;&apos;</loc></url>")).urls, (urls{"http://h/a?b=1&c=2%27"}));
  EXPECT_EQ(read(urlset("<url><loc>http://h/a?b=1&c=2</loc></url>")).urls, (urls{"http://h/a?b=1&c=2"}));  // many forget it
  EXPECT_EQ(read(urlset("<url><loc><![CDATA[http://h/a?b=1&c=2]]></loc></url>")).urls, (urls{"http://h/a?b=1&c=2"}));
  EXPECT_EQ(read(urlset("<url><loc>http://h/<![CDATA[a]]>b<!-- c -->d</loc></url>")).urls, (urls{"http://h/abd"}));
}

TEST(Sitemap, NoEntityOfADoctypeExpands) {
  const auto r = read("<!DOCTYPE urlset [<!ENTITY a \"http://evil/\"><!ENTITY x SYSTEM \"file:///etc/passwd\">]><urlset><url><loc>&a;</loc></url><url><loc>http://h/&x;</loc></url></urlset>");
  EXPECT_EQ(r.urls, (urls{"http://h/&x;"}));
  EXPECT_EQ(r.tally.broken, 1U);
}

TEST(Sitemap, PrefixesOfTheNamespaceDoNotMatter) {
  EXPECT_EQ(read("<sm:urlset xmlns:sm='http://www.sitemaps.org/schemas/sitemap/0.9'><sm:url><sm:loc>http://h/a</sm:loc></sm:url></sm:urlset>").urls, (urls{"http://h/a"}));
}

TEST(Sitemap, ExtensionsAreNoLocations) {  // "Extending the Sitemaps protocol"
  const auto r = read(urlset("<url><image:image><image:loc>http://h/i.png</image:loc></image:image><image:loc>http://h/j.png</image:loc>"
                             "<video:video><video:url>http://h/v</video:url><loc>http://h/deep</loc></video:video><loc>http://h/a</loc></url>"));
  EXPECT_EQ(r.urls, (urls{"http://h/a"}));
}

TEST(Sitemap, LocationsAreAbsolute) {  // "This URL must begin with the protocol (such as http)"
  const auto r = read(urlset("<url><loc>/a</loc></url><url><loc>ftp://h/b</loc></url><url><loc>javascript:1</loc></url><url><loc></loc></url><url/><url><loc>HTTP://H:80/c#d</loc></url>"));
  EXPECT_EQ(r.urls, (urls{"http://h/c"}));
  EXPECT_EQ(r.tally.broken, 5U);
}

TEST(Sitemap, PriorityIsBetweenZeroAndOne) {  // "Valid values range from 0.0 to 1.0"
  for (const auto& [text, value] : std::vector<std::pair<std::string, std::optional<double>>>{
           {"0.0", 0.0}, {" 1.0 ", 1.0}, {"1", 1.0}, {"1.1", std::nullopt}, {"-0.5", std::nullopt}, {"high", std::nullopt}, {"nan", std::nullopt}, {"", std::nullopt}, {"0.5x", std::nullopt}})
    EXPECT_EQ(read(urlset("<url><loc>http://h/</loc><priority>" + text + "</priority></url>")).entries.at(0).priority, value) << text;
}

TEST(Sitemap, BrokenFilesGiveAllThatParses) {
  EXPECT_EQ(read("<urlset><url><loc>http://h/a</loc><url><loc>http://h/b</loc></url>").urls, (urls{"http://h/a", "http://h/b"}));
  EXPECT_EQ(read("<urlset><url><loc>http://h/a</url><url><loc>http://h/b</loc>").urls, (urls{"http://h/a", "http://h/b"}));
  EXPECT_EQ(read("<urlset></url></loc></urlset><url><loc>http://h/a</loc></url>").urls, (urls{"http://h/a"}));
  EXPECT_EQ(read("<urlset><url><a><b></a><loc>http://h/a</loc></url></urlset>").urls, (urls{"http://h/a"}));
  EXPECT_EQ(read("<urlset><url><loc>http://h/a</loc></url><url><loc>http://h/lon").urls, (urls{"http://h/a"}));
  EXPECT_EQ(read("<urlset><url><loc>http://h/a</loc></url><url><loc <url><loc>http://h/b</loc></url>").urls, (urls{"http://h/a", "http://h/b"}));
  EXPECT_EQ(read("\n\n  " + urlset("<url><loc>http://h/a</loc></url>")).urls, (urls{"http://h/a"}));
}

TEST(Sitemap, TextHasAUrlALine) {  // "The text file must have one URL per line … should contain no information other than the list of URLs"
  const auto r = read("\xEF\xBB\xBFhttp://h/a\r\n\r\n  http://h/b \nnot a url\n/c\nhttp://h/d");
  EXPECT_EQ(r.urls, (urls{"http://h/a", "http://h/b", "http://h/d"}));
  EXPECT_EQ(r.tally.broken, 2U);
}

TEST(Sitemap, RssItemsHaveALink) {  // "You can provide an RSS … 2.0 or Atom 0.3 or 1.0 feed"
  const auto r = read("<rss version='2.0'><channel><link>http://h/</link><image><url>http://h/logo.png</url><link>http://h/</link></image>"
                      "<item><title>t &lt;link&gt;</title><description>a<br>b</description><atom:link href='http://h/x'/><link>http://h/a</link><pubDate>Sat, 07 Sep 2002 00:00:01 GMT</pubDate></item>"
                      "<item><link>b?c</link></item><item><title>none</title></item></channel></rss>");
  EXPECT_EQ(r.urls, (urls{"http://h/a", "https://h/feeds/b?c"}));
  EXPECT_EQ(r.entries[0].lastmod, "Sat, 07 Sep 2002 00:00:01 GMT");
  EXPECT_EQ(r.tally.broken, 1U);
}

TEST(Sitemap, RssOneHasItemsBesideTheChannel) {
  const auto r = read("<rdf:RDF><channel><link>http://h/</link></channel><item rdf:about='x'><link>http://h/a</link><dc:date>2003-12-13</dc:date></item></rdf:RDF>");
  EXPECT_EQ(r.urls, (urls{"http://h/a"}));
  EXPECT_EQ(r.entries[0].lastmod, "2003-12-13");
}

TEST(Sitemap, AtomEntriesHaveAnAlternateLink) {  // RFC 4287, 4.2.7.2
  const auto r = read("<feed xmlns='http://www.w3.org/2005/Atom'><link href='http://h/'/><entry><link rel='self' href='http://h/self'/><link rel='alternate' href='/a?x=1&amp;y=2'/>"
                      "<source><link href='http://h/source'/></source><updated>2003-12-13T18:30:02Z</updated></entry>"
                      "<entry><link href='http://h/b'></link></entry><entry><source><link href='http://h/source'/></source></entry></feed>");
  EXPECT_EQ(r.urls, (urls{"https://h/a?x=1&y=2", "http://h/b"}));
  EXPECT_EQ(r.entries[0].lastmod, "2003-12-13T18:30:02Z");
  EXPECT_EQ(r.tally.broken, 1U);
}

TEST(Sitemap, EncodingsAreThoseOfXml) {  // RFC 7303, 3: BOM, then the charset parameter, then the declaration
  const std::string latin = "<?xml version='1.0' encoding='iso-8859-1'?><urlset><url><loc>http://h/\xE9</loc></url></urlset>";
  EXPECT_EQ(read(latin).urls, (urls{"http://h/%C3%A9"}));
  EXPECT_EQ(read(latin, "text/xml; charset=iso-8859-2").urls, (urls{"http://h/%C3%A9"}));
  EXPECT_EQ(read("<?xml version='1.0' encoding='koi8-r'?><urlset><url><loc>http://h/\xC1</loc></url></urlset>").urls, (urls{"http://h/%D0%B0"}));
  EXPECT_EQ(read("<?xml version='1.0' encoding='utf-16'?><urlset><url><loc>http://h/a</loc></url></urlset>").urls, (urls{"http://h/a"}));
  std::string wide = "\xFF\xFE";
  for (const char c : std::string("<urlset><url><loc>http://h/a</loc></url></urlset>")) wide += {c, '\0'};
  EXPECT_EQ(read(wide).urls, (urls{"http://h/a"}));
}

TEST(Sitemap, WhatIsNoSitemapIsOneBrokenEntry) {
  for (const char* page : {"<!doctype html><title>Not found</title><a href=http://h/a>url</a>", "<svg><url><loc>http://h/</loc></url></svg>", "{\"error\": 404}"}) {
    const auto r = read(page);
    EXPECT_EQ(r.urls, urls{}) << page;
    EXPECT_EQ(r.tally.broken, 1U) << page;
  }
  EXPECT_EQ(read("").tally.broken, 0U);
}

TEST(Sitemap, AtMostFiftyThousandEntries) {  // "can have no more than 50,000 URLs"
  std::string xml, text;
  for (std::size_t i = 0; i < most_sitemap_entries; ++i) xml += "<url><loc>http://h/a</loc></url>", text += "http://h/a\n";
  const auto full = read(urlset(xml));
  EXPECT_EQ(full.tally.entries, most_sitemap_entries);
  EXPECT_FALSE(full.tally.is_cut);
  const auto more = read(urlset(xml + "<url><loc>http://h/b</loc></url>"));
  EXPECT_EQ(more.tally.entries, most_sitemap_entries);
  EXPECT_TRUE(more.tally.is_cut);
  EXPECT_FALSE(read(text).tally.is_cut);
  EXPECT_TRUE(read(text + "http://h/b").tally.is_cut);
}

TEST(Sitemap, TooLongALocationIsBroken) {
  const std::string much = std::string(8000, 'a');
  EXPECT_EQ(read(urlset("<url><loc>http://h/" + much + "</loc></url>")).tally.entries, 1U);
  EXPECT_EQ(read(urlset("<url><loc>http://h/" + much + "</loc><!-- -->" + "</url>")).tally.broken, 0U);
  EXPECT_EQ(read(urlset("<url><loc>http://h/" + much + "<!-- -->" + much + "</loc></url>")).tally.broken, 1U);
}

TEST(Sitemap, EntriesComeAsTheyAreAskedFor) {
  const std::string file = urlset("<url><loc>http://h/a</loc></url><url><loc>http://h/b</loc></url>");
  const auto base = *url::parse("http://h/");
  sitemap_tally tally;
  auto entries = sitemap_entries(file, base, tally);
  auto at = entries.begin();
  EXPECT_EQ((*at).url, "http://h/a");
  EXPECT_EQ(tally.entries, 1U);
}

/// Ten mebibytes of each of these, behind `start`.
void expect_fast(const std::string& start) {
  constexpr std::size_t size = 10U << 20;
  for (const std::string unit : {"<url>", "<", "<a ", "&", "&#", "&amp;", "<url><loc>&", "<loc>", "</", "<!--", "<![CDATA[", "<!DOCTYPE ", "<!DOCTYPE a [<!ENTITY e '", "<?", "<a b='", "<a b=\"><",
                                 "</url>", "<url/>", "<a><b>", "]]>", "http://h/\n", "\n", "<url><loc>http://h/</loc></url>", "<entry><link href='", "\xFF\xFE", "\x82\xA0", "<a =", "<link  rel  "}) {
    std::string file = start;
    while (file.size() < size) file += unit;
    const std::clock_t begin = std::clock();
    read(file);
    EXPECT_LT(static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC, 2.0) << start << unit;
  }
}

TEST(Sitemap, AnyTenMebibytesTakeLessThanTwoSeconds) { expect_fast("<urlset><url><loc>"); }

TEST(SitemapNightly, AnyTenMebibytesTakeLessThanTwoSecondsWhereverTheyStand) {
  for (const char* start : {"", "<urlset>", "<feed><entry>", "<rss><channel><item>"}) expect_fast(start);
}

}  // namespace
}  // namespace trawl::extract
