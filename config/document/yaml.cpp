// YAML 1.2 by yaml-cpp's events, built straight into nodes: each value keeps its place, and an alias is a counted copy.
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <unordered_map>

#include "config/document/node.hpp"

namespace trawl::config {
namespace {

struct refused {
  YAML::Mark mark;
  const char* why;
};

constexpr const char* odd_key = "a key that is not a word";
constexpr const char* deep = "nested deeper than 32 levels";

constexpr std::size_t longest_directive = 1024;

/// The parser keeps all tokens of a line until it knows whether that begins with a key, before any bound of ours can apply. What may
/// become a token is counted first: the offset in `text` at which a line has too many; nullopt if none has.
std::optional<std::size_t> overfull_line(std::string_view text) noexcept {
  std::size_t count = 0, start = 0;
  for (std::size_t at = text.find_first_of("[]{},&*!\"'\n%"); at != std::string_view::npos; at = text.find_first_of("[]{},&*!\"'\n%", at + 1)) {
    if (text[at] == '\n') {
      count = 0, start = at + 1;
    } else if (text[at] == '%') {
      if (at == start && text.substr(at, longest_directive).find('\n') == std::string_view::npos && text.size() - at > longest_directive) return at;
    } else if (++count > most_values) {
      return at;
    }
  }
  return std::nullopt;
}

std::size_t text_size(const node& n) noexcept {
  std::size_t all = n.text.size();
  for (const node& item : n.list) all += text_size(item);
  for (const table_entry& entry : n.table) all += entry.first.size() + text_size(entry.second);
  return all;
}

std::size_t count(const node& n) noexcept {
  std::size_t all = 1;
  for (const node& item : n.list) all += count(item);
  for (const table_entry& entry : n.table) all += count(entry.second);
  return all;
}

/// Takes the parser's events; refuses by throwing `refused`, which passes through the parser.
class builder final : public YAML::EventHandler {
 public:
  explicit builder(std::shared_ptr<const origin> from) : from_(std::move(from)) {}

  node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { finish(make(mark, node::kind::null), anchor); }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end()) throw refused{mark, "an alias of what it stands in"};
    note(mark, count(known->second));
    repeated_ += text_size(known->second);
    if (repeated_ > largest_document) throw refused{mark, "aliases that repeat more than 8 MiB of text"};
    node copy = known->second;
    copy.line = mark.line + 1;
    copy.column = mark.column + 1;
    finish(std::move(copy), 0);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    node out = make(mark, node::kind::scalar);
    out.text = value;
    out.quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
    if (tag.size() > 1 && tag.front() == '!') throw refused{mark, "a tag of your own has no meaning here"};
    if (!out.quoted && (value == "null" || value == "~" || value == "Null" || value == "NULL")) out.is = node::kind::null;
    finish(std::move(out), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(mark, node::kind::list, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(mark, node::kind::table, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct frame {
    node value;
    YAML::anchor_t anchor = 0;
    std::optional<table_entry> key;  ///< of a table: read, and its value not yet
  };

  void note(const YAML::Mark& mark, std::size_t more) {
    values_ += more;
    if (values_ > most_values) throw refused{mark, "more than 200,000 values (an alias that unfolds too far?)"};
  }

  node make(const YAML::Mark& mark, node::kind kind) {
    note(mark, 1);
    node out;
    out.is = kind;
    out.from = from_;
    out.line = mark.line + 1;
    out.column = mark.column + 1;
    return out;
  }

  void open(const YAML::Mark& mark, node::kind kind, YAML::anchor_t anchor) {
    if (open_.size() >= deepest_document) throw refused{mark, deep};
    if (!open_.empty() && open_.back().value.is == node::kind::table && !open_.back().key) throw refused{mark, odd_key};
    open_.push_back({make(mark, kind), anchor, std::nullopt});
  }

  void close() {
    frame done = std::move(open_.back());
    open_.pop_back();
    finish(std::move(done.value), done.anchor);
  }

  /// A value is complete: it goes into what is open around it.
  void finish(node value, YAML::anchor_t anchor) {
    if (anchor != 0) {
      note({}, count(value));
      anchors_[anchor] = value;
    }
    if (open_.empty()) {
      root_ = std::move(value);
      return;
    }
    frame& around = open_.back();
    if (around.value.is == node::kind::list) {
      around.value.list.push_back(std::move(value));
    } else if (!around.key) {
      if (value.is != node::kind::scalar) throw refused{mark_of(value), odd_key};
      around.key = table_entry{std::move(value.text), {}, value.line, value.column};
    } else {
      around.key->second = std::move(value);
      around.value.table.push_back(std::move(*around.key));
      around.key.reset();
    }
  }

  static YAML::Mark mark_of(const node& n) {
    YAML::Mark out;
    out.line = n.line - 1;
    out.column = n.column - 1;
    return out;
  }

  std::shared_ptr<const origin> from_;
  node root_;
  std::vector<frame> open_;
  std::unordered_map<YAML::anchor_t, node> anchors_;
  std::size_t values_ = 0, repeated_ = 0;  ///< `repeated_`: bytes that came out of aliases
};

std::string_view line_at(std::string_view text, int line) {
  for (; line > 0; --line) text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  return text.substr(0, text.find('\n'));
}

/// The parser's message in the words of whoever wrote the file.
std::string plain_words(const YAML::Exception& e, std::string_view text) {
  static constexpr std::pair<std::string_view, std::string_view> known[] = {
      {"end of sequence flow not found", "a '[' without its ']'"},
      {"end of map flow not found", "a '{' without its '}', or a ',' is missing"},
      {"illegal map value", "a ': ' inside a value; put the value into quotes"},
      {"end of map not found", "this line does not fit the ones before it: its indentation, or a ':' behind its key"},
      {"end of sequence not found", "this line does not fit the list before it: its indentation, or a '-' in front"},
      {"unknown token", "a value may not begin so; put it into quotes"},
      {"unexpected character in block scalar", "a value may not begin so; put it into quotes"},
  };
  for (const int back : {0, 1}) {  // the parser notices some tabs a line late
    if (e.mark.line < back || text.empty()) continue;
    const std::string_view line = line_at(text, e.mark.line - back);
    const std::size_t first = line.find_first_not_of(" ");
    if (first != std::string_view::npos && line[first] == '\t') return "a tab in the indentation; YAML wants blanks";
  }
  for (const auto& [theirs, ours] : known)
    if (std::string_view(e.msg).starts_with(theirs)) return std::string(ours);
  return e.msg;
}

std::optional<YAML::Exception> what_is_broken(std::string_view text) {
  try {
    static_cast<void>(YAML::Load(std::string(text)));
    return std::nullopt;
  } catch (const YAML::DeepRecursion& e) {
    return YAML::Exception(e.mark, deep);
  } catch (const YAML::Exception& e) {
    return e;
  }
}

}  // namespace

std::expected<node, problem> parse_yaml(std::string_view text, const std::shared_ptr<const origin>& from) {
  const auto fail = [&](const YAML::Mark& at, std::string why) { return std::unexpected(problem{from->name, at.line + 1, at.column + 1, "", std::move(why)}); };
  if (text.size() > largest_yaml) return fail({}, "is larger than 4 MiB, which is the most for YAML; JSON may have 8 MiB");
  if (const auto at = overfull_line(text)) {
    YAML::Mark mark;
    mark.line = static_cast<int>(std::ranges::count(text.substr(0, *at), '\n'));
    mark.column = static_cast<int>(*at - (text.substr(0, *at).rfind('\n') + 1));
    return fail(mark, "a line that is too full: more than 200,000 of its characters have a meaning in YAML");
  }
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    builder document(from);
    if (!parser.HandleNextDocument(document)) return node{.from = from};
    node out = document.take();
    builder another(from);
    if (parser.HandleNextDocument(another)) return fail({}, "holds a second document; one file is one document");
    return out;
  } catch (const YAML::DeepRecursion& e) {
    return fail(e.mark, deep);
  } catch (const YAML::Exception& e) {
    return fail(e.mark, "not YAML: " + plain_words(e, text));
  } catch (const refused& e) {
    // Before the end of a broken document the parser gives odd keys too; then what is broken is the better message.
    const auto broken = e.why == odd_key ? what_is_broken(text) : std::nullopt;
    return broken ? fail(broken->mark, "not YAML: " + plain_words(*broken, text)) : fail(e.mark, e.why);
  }
}

}  // namespace trawl::config
