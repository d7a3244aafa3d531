#include "crawler/extract/links.hpp"

#include <algorithm>
#include <unordered_set>

#include "crawler/html/entities.hpp"
#include "crawler/html/scanner.hpp"
#include "crawler/model/json_text.hpp"

namespace trawl::extract {
namespace {

bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r'; }

std::string lowered(std::string s) {
  for (char& c : s)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return s;
}

/// Runs of blanks become one, none at the ends.
std::string folded(std::string_view s) {
  std::string out;
  for (const char c : s) {
    if (!is_space(c)) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

bool has_word(std::string_view list, std::string_view word) {
  for (std::size_t at = list.find(word); at != std::string_view::npos; at = list.find(word, at + 1)) {
    const bool starts = at == 0 || is_space(list[at - 1]) || list[at - 1] == ',';
    const std::size_t end = at + word.size();
    if (starts && (end == list.size() || is_space(list[end]) || list[end] == ',')) return true;
  }
  return false;
}

/// `<seconds>; url=…` of a meta refresh (HTML Standard, 4.2.5.3), leniently.
std::string refresh_target(const std::string& content) {
  const std::size_t semicolon = content.find_first_of(";,");
  if (semicolon == std::string::npos) return {};
  std::string_view rest = std::string_view(content).substr(semicolon + 1);
  while (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);
  if (lowered(std::string(rest.substr(0, 3))) == "url") {
    std::string_view after = rest.substr(3);
    while (!after.empty() && is_space(after.front())) after.remove_prefix(1);
    if (after.starts_with('=')) rest = after.substr(1);
  }
  while (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);
  if (!rest.empty() && (rest.front() == '"' || rest.front() == '\'')) {
    const char quote = rest.front();
    rest.remove_prefix(1);
    rest = rest.substr(0, rest.find(quote));
  }
  return std::string(rest);
}

/// link[rel]: which kind of link it is, if one that names a document.
bool link_kind_of(const std::string& rel, const std::string& type, link_kind& kind) {
  if (has_word(rel, "stylesheet") || has_word(rel, "icon") || has_word(rel, "preload") || has_word(rel, "preconnect") || has_word(rel, "dns-prefetch")) return false;
  const bool html = type.empty() || type.starts_with("text/html");
  if (has_word(rel, "next") || has_word(rel, "prev") || has_word(rel, "canonical") || (has_word(rel, "alternate") && html)) {
    kind = link_kind::link;
    return true;
  }
  kind = link_kind::link_all;
  return has_word(rel, "alternate") || has_word(rel, "amphtml") || has_word(rel, "shortlink") || has_word(rel, "search") || has_word(rel, "author") || has_word(rel, "help");
}

class page_reader {
 public:
  page_reader(std::string_view utf8, bool with_text) : scan_(utf8), with_text_(with_text) {}

  page_scan run() {
    for (html::token t; scan_.next(t);) {
      if (t.kind == html::token_kind::text) {
        take_text(t.text);
      } else if (t.kind == html::token_kind::start) {
        start(t);
      } else {
        end(t.name);
      }
    }
    close_anchor();
    return std::move(out_);
  }

 private:
  void take_text(std::string_view raw) {
    if (in_title_) {
      out_.title = folded(html::decode_references(raw, false));
      in_title_ = false;
    }
    if (with_text_ && anchor_ && text_.size() < longest_text) text_ += html::decode_references(raw.substr(0, longest_text), false);
  }

  void start(const html::token& t) {
    if (t.name == "template") ++templates_;
    if (templates_ > 0) return;
    if (t.name == "svg") ++svg_;
    if (t.name == "title") {
      in_title_ = out_.title.empty() && svg_ == 0;
    } else if (t.name == "html") {
      if (out_.language.empty()) out_.language = t.attribute_value("lang");
    } else if (t.name == "base") {
      bool found = false;
      const std::string href = t.attribute_value("href", &found);
      if (found && !has_base_) out_.base = href, has_base_ = true;
    } else if (t.name == "a") {
      close_anchor();
      add(t, "href", link_kind::a);
    } else if (t.name == "area") {
      add(t, "href", link_kind::area);
    } else if (t.name == "frame") {
      add(t, "src", link_kind::frame);
    } else if (t.name == "iframe") {
      add(t, "src", link_kind::iframe);
    } else if (t.name == "img") {
      add(t, "src", link_kind::img);
    } else if (t.name == "script") {
      add(t, "src", link_kind::script);
    } else if (t.name == "link") {
      link_element(t);
    } else if (t.name == "meta") {
      meta_element(t);
    }
  }

  void end(std::string_view name) {
    if (name == "template" && templates_ > 0) --templates_;
    if (name == "svg" && svg_ > 0) --svg_;
    if (name == "title") in_title_ = false;
    if (name == "a") close_anchor();
  }

  void add(const html::token& t, std::string_view from, link_kind kind) {
    bool found = false;
    std::string href = t.attribute_value(from, &found);
    if (!found) return;
    out_.links.push_back({std::move(href), "", lowered(t.attribute_value("rel")), kind});
    anchor_ = kind == link_kind::a;
  }

  void close_anchor() {
    if (anchor_ && with_text_) {
      const auto last = std::ranges::find_if(out_.links.rbegin(), out_.links.rend(), [](const raw_link& l) { return l.kind == link_kind::a; });
      last->text = folded(text_);
    }
    anchor_ = false;
    text_.clear();
  }

  void link_element(const html::token& t) {
    const std::string rel = lowered(t.attribute_value("rel"));
    bool found = false;
    std::string href = t.attribute_value("href", &found);
    link_kind kind{};
    if (!found || !link_kind_of(rel, lowered(t.attribute_value("type")), kind)) return;
    if (has_word(rel, "canonical") && out_.canonical.empty()) out_.canonical = href;
    out_.links.push_back({std::move(href), "", rel, kind});
  }

  void meta_element(const html::token& t) {
    const std::string content = t.attribute_value("content");
    if (lowered(t.attribute_value("http-equiv")) == "refresh") {
      std::string target = refresh_target(content);
      if (!target.empty()) out_.links.push_back({std::move(target), "", "", link_kind::meta_refresh});
      return;
    }
    std::string name = lowered(t.attribute_value("name"));
    if (name.empty()) name = lowered(t.attribute_value("property"));
    if (name.empty() || out_.meta.size() >= most_meta) return;
    if (name == "robots" || name == "trawl") {
      const std::string rules = lowered(content);
      out_.noindex = out_.noindex || has_word(rules, "noindex") || has_word(rules, "none");
      out_.nofollow = out_.nofollow || has_word(rules, "nofollow") || has_word(rules, "none");
    }
    out_.meta.emplace_back(std::move(name), content);
  }

  static constexpr std::size_t longest_text = 4096, most_meta = 256;
  html::scanner scan_;
  bool with_text_, in_title_ = false, anchor_ = false, has_base_ = false;
  int templates_ = 0, svg_ = 0;
  std::string text_;
  page_scan out_;
};

}  // namespace

page_scan scan_page(std::string_view utf8, bool with_text) { return page_reader(utf8, with_text).run(); }

generator<link> links(const page_scan& scan, const url::url& document) {
  url::url base = document;
  if (!scan.base.empty())
    if (auto given = url::parse(scan.base, &document); given && given->scheme != "data" && given->scheme != "javascript") base = std::move(*given);
  std::unordered_set<std::string> seen;
  for (const raw_link& raw : scan.links) {
    const auto target = url::parse(raw.href, &base);
    if (!target || !target->is_http()) continue;
    link out{target->without_fragment(), raw.text, raw.rel, raw.kind};
    if (!seen.insert(out.url).second) continue;
    co_yield std::move(out);
  }
}

std::string metadata(const page_scan& scan, const url::url& document) {
  std::string out;
  json_object o(out);
  const auto first_of = [&](std::initializer_list<std::string_view> names) -> std::string {
    for (const std::string_view name : names)
      for (const auto& [key, content] : scan.meta)
        if (key == name && !content.empty()) return folded(content);
    return {};
  };
  const auto say = [&](std::string_view key, const std::string& value) {
    if (!value.empty()) o.text(key, value);
  };
  say("title", scan.title);
  say("description", first_of({"description", "og:description"}));
  if (const auto canonical = scan.canonical.empty() ? std::nullopt : url::parse(scan.canonical, &document)) say("canonical", canonical->without_fragment());
  say("language", scan.language);
  say("author", first_of({"author", "article:author"}));
  say("site_name", first_of({"og:site_name"}));
  say("published", first_of({"article:published_time", "date"}));
  say("modified", first_of({"article:modified_time", "last-modified"}));
  say("image", first_of({"og:image"}));
  say("keywords", first_of({"keywords"}));
  say("robots", first_of({"robots"}));
  o.close();
  return out == "{}" ? std::string() : out;
}

}  // namespace trawl::extract
