#include "config/document/source.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <utility>

#include "config/document/path.hpp"
#include "config/document/text.hpp"

namespace trawl::config {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t longest_value = 1U << 20;
constexpr std::size_t deepest_extends = 8;

/// One name for one file; what has none, such as a pipe, keeps the name it was given.
std::string canonical(const std::string& path) {
  std::error_code failure;
  const fs::path out = fs::weakly_canonical(path, failure);
  return failure ? path : out.string();
}

std::expected<std::string, std::string> read_file(const std::string& path, std::size_t most) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return std::unexpected("is a directory, not a file");
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::unexpected("can't be opened: " + std::generic_category().message(errno));
  std::string text(most + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return std::unexpected("can't be read: " + std::generic_category().message(errno));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > most) return std::unexpected("is larger than " + std::to_string(most >> 20) + " MiB");
  return text;
}

}  // namespace

format format_of(std::string_view name) noexcept { return name.ends_with(".json") ? format::json : format::yaml; }

void merge(node& base, const node& over) {
  if (base.is != node::kind::table || over.is != node::kind::table) {
    base = over;
    return;
  }
  for (const table_entry& entry : over.table) {
    if (node* known = base.find(entry.first)) {
      merge(*known, entry.second);
    } else {
      base.table.push_back(entry);
    }
  }
}

source::source(trust who, variable_lookup variables) : who_(who), variables_(std::move(variables)) {
  if (!variables_) variables_ = [](const std::string& name) -> const char* { return std::getenv(name.c_str()); };
}

void source::complain(const node& at, std::string path, std::string message) {
  problems.push_back({at.from ? at.from->name : std::string(), at.line, at.column, std::move(path), std::move(message)});
}

std::shared_ptr<const origin> source::named(const std::string& name, trust who) {
  if (std::ranges::find(files, name) == files.end()) files.push_back(name);
  return std::make_shared<const origin>(origin{name, who});
}

node source::from_file(const std::string& path) {
  const auto from = named(path, who_);
  const auto text = read_file(path == "-" ? "/dev/stdin" : path, largest_document);
  if (!text) {
    problems.push_back({path, 0, 0, "", text.error()});
    return {};
  }
  open_.push_back(canonical(path));
  node out = with_base(parsed(*text, from, format_of(path)), path);
  open_.pop_back();
  return out;
}

node source::from_text(std::string_view text, const std::string& name, format as) { return with_base(parsed(text, named(name, who_), as), name); }

node source::parsed(std::string_view text, const std::shared_ptr<const origin>& from, format as) {
  auto document = parse_document(text, as, from);
  if (!document) {
    problems.push_back(std::move(document.error()));
    return {};
  }
  report_duplicates(*document, "");
  return std::move(*document);
}

void source::report_duplicates(const node& n, const std::string& path) {
  std::set<std::string_view> seen;
  for (const auto& [name, value, line, column] : n.table) {
    const std::string at = member_path(path, name);
    if (!seen.insert(name).second) problems.push_back({n.from->name, line, column, at, "stands twice in this table"});
    report_duplicates(value, at);
  }
  for (std::size_t i = 0; i < n.list.size(); ++i) report_duplicates(n.list[i], item_path(path, i));
}

node source::with_base(node document, const std::string& path) {
  node* base = document.find("extends");
  if (base == nullptr) return document;
  if (who_ == trust::local) expand(*base, "extends");
  const node said = std::move(*base);
  std::erase_if(document.table, [](const table_entry& e) { return e.first == "extends"; });
  const auto refuse = [&](std::string why) {
    complain(said, "extends", std::move(why));
    return std::move(document);
  };
  if (who_ == trust::any) return refuse("may not be set by a submitted job: it names a file of this machine");
  if (said.is != node::kind::scalar || said.text.empty()) return refuse("expected the path of a job file");
  const std::string file = (fs::path(path).parent_path() / said.text).string();
  if (std::ranges::find(open_, canonical(file)) != open_.end()) return refuse("goes in a circle: " + file + " is being read already");
  if (open_.size() >= deepest_extends) return refuse("more than 8 files deep");
  if (const auto readable = read_file(file, largest_document); !readable) return refuse(file + " " + readable.error());
  node merged = from_file(file);
  merge(merged, document);
  return merged;
}

void source::set(node& document, std::string_view text) {
  const auto split = split_assignment(text);
  const auto from = named("--set", trust::local);
  if (!split) {
    problems.push_back({"--set", 0, 0, "", "expected KEY=VALUE, found '" + shortened(text.substr(0, text.find('=')), 60) + "'"});
    return;
  }
  auto value = parse_document(split->value, format::yaml, from);
  if (!value) {
    problems.push_back({"--set", 0, 0, std::string(split->key), value.error().message});
    return;
  }
  set(document, setting{std::string(split->key), std::move(*value), "--set"});
}

void source::set(node& document, const setting& s) {
  const auto from = named(s.said_as, trust::local);
  const auto refuse = [&](std::string why) { problems.push_back({s.said_as, 0, 0, s.key, std::move(why)}); };
  const auto steps = parse_path(s.key);
  if (!steps) return refuse("expected a dotted key such as scope.max_depth or seeds[0].url: " + steps.error());
  if (steps->front().name == "extends") return refuse("stands in the file itself");
  node* at = &document;
  for (const path_step& step : *steps) {
    if (step.index) {
      if (at->is != node::kind::list || *step.index >= at->list.size())
        return refuse("there is no entry [" + std::to_string(*step.index) + "]: the list has " + std::to_string(at->list.size()));
      at = &at->list[*step.index];
      continue;
    }
    if (at->is != node::kind::table) *at = node{.is = node::kind::table, .from = from};
    node* member = at->find(step.name);
    if (member == nullptr) member = &at->table.emplace_back(table_entry{step.name, node{.from = from}}).second;
    at = member;
  }
  node value = s.value;
  take_over(value, from);
  report_duplicates(value, s.key);
  merge(*at, value);
}

void source::expand(node& document) { expand(document, ""); }

void source::expand(node& n, const std::string& path) {
  for (std::size_t i = 0; i < n.list.size(); ++i) expand(n.list[i], item_path(path, i));
  for (table_entry& entry : n.table) expand(entry.second, member_path(path, entry.first));
  if (n.is != node::kind::scalar || std::exchange(n.expanded, true)) return;
  for (std::size_t at = n.text.find("${"); at != std::string::npos;) {
    const std::size_t end = n.text.find('}', at);
    if (n.from && n.from->who == trust::any) return complain(n, path, "a submitted job may not read the server's environment: no ${…}");
    if (end == std::string::npos) return complain(n, path, "'${' without its '}'");
    const auto value = variable(n.text.substr(at + 2, end - at - 2), n.secret);
    if (!value) return complain(n, path, value.error());
    n.text.replace(at, end - at + 1, *value);
    n.filled = true;
    if (n.text.size() > longest_value) return complain(n, path, "is longer than 1 MiB when ${…} is filled in");
    at = n.text.find("${", at + value->size());
  }
}

std::expected<std::string, std::string> source::variable(const std::string& inside, bool& is_secret) {
  if (inside.starts_with("file:")) {
    const std::string path = inside.substr(5);
    auto text = read_file(path, longest_value);
    if (!text) return std::unexpected("${file:…}: " + path + " " + text.error());
    if (first_unreadable(*text)) return std::unexpected("${file:…}: " + path + " is not text in UTF-8");
    while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
    is_secret = true;
    secrets.push_back(*text);
    return text;
  }
  const std::size_t dash = inside.find(":-");
  const std::string name = inside.substr(0, dash);
  if (name.empty()) return std::unexpected("expected ${NAME}, ${NAME:-default} or ${file:PATH}");
  const char* value = variables_(name);
  if (value == nullptr && dash == std::string::npos)
    return std::unexpected("the environment has no " + name + "; set it, or give a default: ${" + name + ":-…}");
  if (dash != std::string::npos && (value == nullptr || *value == '\0')) return inside.substr(dash + 2);
  if (first_unreadable(value)) return std::unexpected("the value of " + name + " in the environment is not text in UTF-8");
  return value;
}

}  // namespace trawl::config
