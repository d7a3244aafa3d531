#include "crawler/extract/content/hints.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "crawler/html/ascii.hpp"

namespace trawl::extract {
namespace {

/// Words that mean the same, apart by blanks; one with a '*' stands for all that begin so. Two words of a name in a row are looked up as one too:
/// article-body is articlebody.
struct word_group {
  hint_set means = 0;
  std::string_view words;
};

// English, and what German, French, Spanish, Italian and Polish pages call the same. The first that fits counts.
constexpr auto groups = std::to_array<word_group>({
    {hint_set{0}, "commentary"},
    {hint::lead,
     "abstract articleintro articlelead articleteaser bajada chapeau chapo deck dek entradilla entrysummary epigraph* excerpt intro* lead "
     "leadtext lede sottotitolo standfirst subheadline subtitle teasertext vorspann"},
    {hint::body,
     "articlebody articlecontent articletext bodytext contentbody entrycontent fulltext postbody postcontent postentry posttext singlecontent "
     "storybody storycontent textbody textcontent"},
    {hint::content, "article content main maincontent pagecontent post"},
    {hint::comments, "akismet* comment* commentaires discuss* disqus* fbcomments komentarze kommentar* nocomments replies reply* respond trackback*"},
    {hint::byline,
     "articleinfo* articlemeta author* autor* bio byline* contributor* credit credits dateline entrymeta entryutility meta metadata permalink "
     "postinfo postmeta taglist tags timestamp user userinfo userprofile"},
    {hint::navigation,
     "bread breadcrumb* dropdown* editsection flyout headerlink masthead menu* nav navbar* navbox* navi* nextprev pagenav pager pagination* "
     "paging postnav* prevnext search* sitemap skip skiplink* submenu subnav* tagcloud toolbar* topbar warenkorb"},
    {hint::aside,
     "ad adbox adcontainer ads adslot adv advert* adwrapper anzeige* banner* blogroll btn* button* consent* cookie* copyright criteo cta "
     "disclaimer embed* feedback flattr* foot footer* gdpr* legal lightbox* login* meistgelesen* modal* moreinfo mostpopular mostread "
     "newsletter* noprint outbrain* overlay* popular* popup* promo* rating* readmore recommend* related* rrssb rss seealso share sharebar "
     "sharedaddy shares sharethis shariff sharing* shoutbox sidebar* sidecolumn signup similar* sociable social* sponsor* stories subscri* "
     "suggest* syndication taboola* teaser* tooltip* trending verwandt* weitere werbung widget* yarpp* zergnet"},
    {hint::caption, "caption* wpcaption"},
    {hint::hidden, "lineno linenos linenumbers"},
});

struct word {
  std::string_view text;
  hint_set means = 0;
};

constexpr std::size_t word_count = [] {
  std::size_t out = 0;
  for (const word_group& group : groups) out += static_cast<std::size_t>(std::ranges::count(group.words, ' ')) + 1;
  return out;
}();

/// All words, by their first letters; those of one letter in the order of their groups.
constexpr auto words = [] {
  std::array<word, word_count> out{};
  std::size_t at = 0;
  for (char letter = 'a'; letter <= 'z'; ++letter)
    for (const word_group& group : groups)
      for (std::size_t start = 0, end = 0; start < group.words.size(); start = end + 1) {
        end = std::min(group.words.find(' ', start), group.words.size());
        if (group.words[start] == letter) out[at++] = {group.words.substr(start, end - start), group.means};
      }
  return out;
}();

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
bool names_a_topic(std::string_view first) noexcept {
  return first == "tag" || first == "category" || first == "cat" || first == "has" || first == "no" || first == "with" || first == "without";
}

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
    {"d-none", hint::hidden},
    {"element-invisible", hint::hidden},
    {"hide", hint::hidden},
    {"hidden", hint::hidden},
    {"invisible", hint::hidden},
    {"is-hidden", hint::hidden},
    {"noprint", hint::aside},
    {"screen-reader-text", hint::hidden},
    {"sr-only", hint::hidden},
    {"toc", hint::navigation},
    {"u-hidden", hint::hidden},
    {"visually-hidden", hint::hidden},
    {"visuallyhidden", hint::hidden},
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
  if (r == "complementary" || r == "contentinfo" || r == "dialog" || r == "alert" || r == "alertdialog" || r == "button" || r == "tooltip" || r == "form")
    return hint::aside;
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
