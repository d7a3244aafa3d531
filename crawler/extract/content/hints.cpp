#include "crawler/extract/content/hints.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "crawler/html/ascii.hpp"

namespace trawl::extract {
namespace {

/// A word, or with a '*' at its end all that begin so. Two words of a name in a row are looked up as one too: article-body is articlebody.
struct word {
  std::string_view text;
  hint_set means;
};

// Sorted by first letter. English, and what German, French, Spanish, Italian and Polish pages call the same.
constexpr auto words = std::to_array<word>({
    {"ad", hint::aside}, {"ads", hint::aside}, {"adbox", hint::aside}, {"adcontainer", hint::aside}, {"adslot", hint::aside}, {"adv", hint::aside}, {"advert*", hint::aside}, {"adwrapper", hint::aside},
    {"anzeige*", hint::aside}, {"akismet*", hint::comments}, {"articlebody", hint::body}, {"articlecontent", hint::body}, {"articletext", hint::body}, {"article", hint::content}, {"author*", hint::byline}, {"autor*", hint::byline},
    {"articleinfo*", hint::byline}, {"abstract", hint::lead}, {"articlelead", hint::lead}, {"articleteaser", hint::lead}, {"articleintro", hint::lead}, {"articlemeta", hint::byline},
    {"bajada", hint::lead}, {"banner*", hint::aside}, {"bio", hint::byline}, {"bodytext", hint::body}, {"breadcrumb*", hint::navigation}, {"bread", hint::navigation}, {"byline*", hint::byline}, {"button*", hint::aside}, {"btn*", hint::aside}, {"blogroll", hint::aside},
    {"chapo", hint::lead}, {"chapeau", hint::lead}, {"caption*", hint::caption}, {"commentary", 0}, {"comment*", hint::comments}, {"commentaires", hint::comments}, {"consent*", hint::aside}, {"content", hint::content}, {"cookie*", hint::aside}, {"copyright", hint::aside}, {"contentbody", hint::body}, {"credit", hint::byline}, {"credits", hint::byline},
    {"criteo", hint::aside}, {"cta", hint::aside}, {"contributor*", hint::byline},
    {"deck", hint::lead}, {"dek", hint::lead}, {"dateline", hint::byline}, {"disclaimer", hint::aside}, {"discuss*", hint::comments}, {"disqus*", hint::comments}, {"dropdown*", hint::navigation},
    {"entradilla", hint::lead}, {"epigraph*", hint::lead}, {"excerpt", hint::lead}, {"entrysummary", hint::lead}, {"entrycontent", hint::body}, {"entrymeta", hint::byline}, {"entryutility", hint::byline}, {"editsection", hint::navigation}, {"embed*", hint::aside},
    {"fbcomments", hint::comments}, {"flyout", hint::navigation}, {"foot", hint::aside}, {"footer*", hint::aside}, {"fulltext", hint::body}, {"feedback", hint::aside}, {"flattr*", hint::aside},
    {"gdpr*", hint::aside},
        {"headerlink", hint::navigation},
    {"intro*", hint::lead},
    {"kommentar*", hint::comments}, {"komentarze", hint::comments},
    {"lead", hint::lead}, {"leadtext", hint::lead}, {"lede", hint::lead}, {"lineno", hint::hidden}, {"linenos", hint::hidden}, {"linenumbers", hint::hidden}, {"legal", hint::aside}, {"login*", hint::aside}, {"lightbox*", hint::aside},
    {"main", hint::content}, {"maincontent", hint::content}, {"masthead", hint::navigation}, {"menu*", hint::navigation}, {"meta", hint::byline}, {"metadata", hint::byline}, {"modal*", hint::aside}, {"mostread", hint::aside}, {"mostpopular", hint::aside}, {"moreinfo", hint::aside},
    {"meistgelesen*", hint::aside},
    {"nav", hint::navigation}, {"navbar*", hint::navigation}, {"navbox*", hint::navigation}, {"navi*", hint::navigation}, {"newsletter*", hint::aside}, {"noprint", hint::aside}, {"nocomments", hint::comments}, {"nextprev", hint::navigation},
    {"outbrain*", hint::aside}, {"overlay*", hint::aside},
    {"pagecontent", hint::content}, {"pagenav", hint::navigation}, {"pager", hint::navigation}, {"pagination*", hint::navigation}, {"paging", hint::navigation}, {"permalink", hint::byline}, {"popular*", hint::aside}, {"popup*", hint::aside}, {"postbody", hint::body},
    {"postcontent", hint::body}, {"postmeta", hint::byline}, {"posttext", hint::body}, {"post", hint::content}, {"postentry", hint::body}, {"promo*", hint::aside}, {"postnav*", hint::navigation}, {"postinfo", hint::byline},
    {"prevnext", hint::navigation},
    {"rating*", hint::aside}, {"readmore", hint::aside}, {"recommend*", hint::aside}, {"related*", hint::aside}, {"reply*", hint::comments}, {"replies", hint::comments}, {"respond", hint::comments}, {"rss", hint::aside}, {"rrssb", hint::aside},
    {"search*", hint::navigation}, {"seealso", hint::aside}, {"share", hint::aside}, {"sharebar", hint::aside}, {"sharedaddy", hint::aside}, {"shares", hint::aside}, {"sharethis", hint::aside}, {"sharing*", hint::aside}, {"shariff", hint::aside}, {"shoutbox", hint::aside}, {"sidebar*", hint::aside}, {"sidecolumn", hint::aside}, {"standfirst", hint::lead}, {"subheadline", hint::lead}, {"subtitle", hint::lead}, {"sottotitolo", hint::lead}, {"signup", hint::aside},
    {"similar*", hint::aside}, {"sitemap", hint::navigation}, {"skip", hint::navigation}, {"skiplink*", hint::navigation}, {"social*", hint::aside}, {"sociable", hint::aside}, {"sponsor*", hint::aside}, {"storybody", hint::body}, {"storycontent", hint::body},
    {"subnav*", hint::navigation}, {"submenu", hint::navigation}, {"subscri*", hint::aside}, {"suggest*", hint::aside}, {"syndication", hint::aside}, {"singlecontent", hint::body}, {"stories", hint::aside},
    {"taboola*", hint::aside}, {"tagcloud", hint::navigation}, {"taglist", hint::byline}, {"tags", hint::byline}, {"teasertext", hint::lead}, {"teaser*", hint::aside}, {"timestamp", hint::byline}, {"toolbar*", hint::navigation}, {"tooltip*", hint::aside},
    {"topbar", hint::navigation}, {"trackback*", hint::comments}, {"trending", hint::aside}, {"textbody", hint::body}, {"textcontent", hint::body},
    {"user", hint::byline}, {"userinfo", hint::byline}, {"userprofile", hint::byline},
    {"vorspann", hint::lead}, {"verwandt*", hint::aside},
    {"warenkorb", hint::navigation}, {"werbung", hint::aside}, {"widget*", hint::aside}, {"weitere", hint::aside}, {"wpcaption", hint::caption},
    {"yarpp*", hint::aside},
    {"zergnet", hint::aside},
});

constexpr auto first_of_letter = [] {
  std::array<std::size_t, 27> out{};
  std::size_t at = 0;
  for (std::size_t letter = 0; letter < 26; ++letter) {
    while (at < words.size() && words[at].text[0] < static_cast<char>('a' + letter)) ++at;
    out[letter] = at;
  }
  out[26] = words.size();
  return out;
}();

hint_set look_up(std::string_view name) noexcept {
  if (name.size() < 2 || name[0] < 'a' || name[0] > 'z') return 0;
  const auto letter = static_cast<std::size_t>(name[0] - 'a');
  for (std::size_t i = first_of_letter[letter]; i < first_of_letter[letter + 1]; ++i) {
    const std::string_view known = words[i].text;
    if (known.ends_with('*') ? name.starts_with(known.substr(0, known.size() - 1)) : name == known) return words[i].means;
  }
  return 0;
}

bool is_upper(char c) noexcept { return c >= 'A' && c <= 'Z'; }

/// Names such as tag-advertising and category-navigation say what a page is about, not what an element is for.
bool names_a_topic(std::string_view first) noexcept { return first == "tag" || first == "category" || first == "cat" || first == "has" || first == "no" || first == "with" || first == "without"; }

bool is_word_byte(char c) noexcept { return html::is_alpha(c) || html::is_digit(c); }

/// The words of a name: cut at what is no letter or digit, and where a capital follows a small letter.
hint_set read_name(std::string_view name) {
  hint_set out = 0;
  std::string joined;  // the word before and this one
  std::size_t before = 0;
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t start = at;
    while (at < name.size() && is_word_byte(name[at]) && (at == start || !is_upper(name[at]) || is_upper(name[at - 1]))) ++at;
    if (at == start) {
      ++at;
      continue;
    }
    if (before == 0 && names_a_topic(name.substr(start, at - start))) return 0;
    joined.erase(0, before);
    before = joined.size();
    for (std::size_t i = start; i < at; ++i) joined += html::lower(name[i]);
    out |= look_up(std::string_view(joined).substr(before));
    if (before > 0) out |= look_up(joined);
  }
  return out;
}

constexpr auto whole_names = std::to_array<word>({
    {"d-none", hint::hidden}, {"element-invisible", hint::hidden}, {"hide", hint::hidden}, {"hidden", hint::hidden}, {"invisible", hint::hidden}, {"is-hidden", hint::hidden}, {"noprint", hint::aside},
    {"screen-reader-text", hint::hidden}, {"sr-only", hint::hidden}, {"toc", hint::navigation}, {"u-hidden", hint::hidden}, {"visually-hidden", hint::hidden}, {"visuallyhidden", hint::hidden},
});

/// A list of names: the value of class.
hint_set read_names(std::string_view list) {
  hint_set out = 0;
  list = list.substr(0, 512);
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t start = at;
    while (at < list.size() && !html::is_space(list[at])) ++at;
    const std::string_view name = list.substr(start, at - start);
    out |= read_name(name);
    if (const auto* whole = std::ranges::find(whole_names, name, &word::text); whole != whole_names.end()) out |= whole->means;
    ++at;
  }
  return out;
}

/// An id of many words is made from a heading, and says what a section is about.
hint_set read_id(std::string_view id) {
  constexpr std::ptrdiff_t most_hyphens = 3;
  return std::ranges::count(id, '-') > most_hyphens ? hint_set{0} : read_names(id);
}

hint_set read_role(std::string_view role) {
  const std::string r = html::lowered(role);
  if (r == "main" || r == "article") return hint::content;
  if (r == "navigation" || r == "menu" || r == "menubar" || r == "search" || r == "toolbar" || r == "tablist" || r == "banner") return hint::navigation;
  if (r == "complementary" || r == "contentinfo" || r == "dialog" || r == "alert" || r == "alertdialog" || r == "button" || r == "tooltip" || r == "form") return hint::aside;
  return 0;
}

bool hides(std::string_view style) {
  std::string packed;
  for (const char c : style.substr(0, 512))
    if (!html::is_space(c)) packed += html::lower(c);
  return packed.find("display:none") != std::string::npos || packed.find("visibility:hidden") != std::string::npos;
}

}  // namespace

hint_set hints_of(html::node element) {
  if (html::starts_ignoring_case(element.name(), "mjx-")) return 0;  // a formula of MathJax has a menu of its own
  hint_set out = 0;
  for (std::size_t i = 0; i < element.attribute_count(); ++i) {
    const auto [name, value] = element.attribute_at(i);
    if (name == "class") {
      out |= read_names(value);
    } else if (name == "id") {
      out |= read_id(value);
    } else if (name == "role") {
      out |= read_role(value);
    } else if (name == "itemprop") {
      if (value == "articleBody" || value == "text") out |= hint::body;
      if (value == "comment" || value == "author") out |= value == "comment" ? hint::comments : hint::byline;
    } else if (name == "itemtype") {
      if (value.ends_with("/Comment") || value.ends_with("/UserComments")) out |= hint::comments;
    } else if (name == "style") {
      if (hides(value)) out |= hint::hidden;
    } else if (name == "hidden" || (name == "aria-hidden" && html::equals_ignoring_case(value, "true"))) {
      out |= hint::hidden;
    }
  }
  return out;
}

}  // namespace trawl::extract
