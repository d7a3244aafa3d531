#include "config/load.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "config/bind.hpp"
#include "config/job_doc.hpp"
#include "config/validate.hpp"

namespace trawl::config {

std::string nearest(std::string_view wrong, const std::vector<std::string_view>& names) {
  std::size_t best = wrong.size() / 3 + 2;  // farther than that is another word
  std::string found;
  for (const std::string_view name : names) {
    std::vector<std::size_t> line(name.size() + 1);
    for (std::size_t j = 0; j <= name.size(); ++j) line[j] = j;
    for (std::size_t i = 1; i <= wrong.size(); ++i) {  // Levenshtein, one row at a time
      std::size_t diagonal = line[0];
      line[0] = i;
      for (std::size_t j = 1; j <= name.size(); ++j) {
        const std::size_t above = line[j];
        line[j] = std::min({line[j] + 1, line[j - 1] + 1, diagonal + (wrong[i - 1] == name[j - 1] ? 0U : 1U)});
        diagonal = above;
      }
    }
    if (line[name.size()] < best) {
      best = line[name.size()];
      found = name;
    }
  }
  return found;
}

nlohmann::json to_plain_json(const node& n) {
  switch (n.is) {
    case node::kind::null: return nullptr;
    case node::kind::scalar: {
      if (n.quoted) return n.text;
      if (n.text == "true") return true;
      if (n.text == "false") return false;
      const auto parsed = nlohmann::json::parse(n.text, nullptr, false);
      return parsed.is_number() ? parsed : nlohmann::json(n.text);
    }
    case node::kind::list: {
      nlohmann::json out = nlohmann::json::array();
      for (const node& item : n.list) out.push_back(to_plain_json(item));
      return out;
    }
    case node::kind::table: {
      nlohmann::json out = nlohmann::json::object();
      for (const auto& [name, value] : n.table) out[name] = to_plain_json(value);
      return out;
    }
  }
  return nullptr;
}

namespace {

namespace fs = std::filesystem;

std::expected<std::string, std::string> read_file(const std::string& path) {
  if (fs::is_directory(path)) return std::unexpected("is a directory, not a file");
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::unexpected("can't be opened: " + std::generic_category().message(errno));
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

/// `over` wins; tables merge, all else replaces.
void merge(node& base, const node& over) {
  if (base.is != node::kind::table || over.is != node::kind::table) {
    base = over;
    return;
  }
  for (const auto& [name, value] : over.table) {
    const auto known = std::ranges::find_if(base.table, [&](const auto& p) { return p.first == name; });
    if (known == base.table.end() || value.is == node::kind::table) {
      if (known == base.table.end()) {
        base.table.push_back({name, value});
      } else {
        merge(known->second, value);
      }
    } else {
      known->second = value;
    }
  }
}

class loader {
 public:
  loader(const load_options& options, std::string name) : options_(options) { bind_.file = std::move(name), bind_.source = options.source, bind_.operator_allows = options.operator_allows; }

  loaded_job finish(node document) {
    for (const std::string& text : options_.sets) apply_set(document, text);
    if (document.is == node::kind::null) document.is = node::kind::table;
    expand(document, "");
    loaded_job out;
    read_into(bind_, document, "", row{}, out.job);
    out.document = std::move(document);
    out.file = bind_.file;
    out.problems = std::move(bind_.problems);
    for (auto& [path, message] : cross_check(out.job)) out.problems.push_back(out.locate(path, message));
    return out;
  }

  node read(const std::string& path, int depth) {
    auto text = read_file(path);
    if (!text) {
      bind_.problems.push_back({path, 0, 0, "", text.error()});
      return {};
    }
    return parse(*text, path, depth);
  }

  node parse(const std::string& text, const std::string& path, int depth) {
    auto document = parse_document(text);
    if (!document) {
      document.error().file = path;
      bind_.problems.push_back(document.error());
      return {};
    }
    const node* base = document->find("extends");
    if (base == nullptr || document->is != node::kind::table) return std::move(*document);
    if (options_.source == trust::any || base->is != node::kind::scalar || depth >= 8) {
      bind_.complain(*base, "extends", depth >= 8 ? "extends too deep, or in a circle" : options_.source == trust::any ? "may not be set by a submitted job" : "expected the path of a job file");
      std::erase_if(document->table, [](const auto& p) { return p.first == "extends"; });
      return std::move(*document);
    }
    node merged = read((fs::path(path).parent_path() / base->text).string(), depth + 1);
    std::erase_if(document->table, [](const auto& p) { return p.first == "extends"; });
    merge(merged, *document);
    return merged;
  }

 private:
  void apply_set(node& document, const std::string& text) {
    const std::size_t equals = text.find('=');
    const auto value = equals == std::string::npos ? std::unexpected(problem{}) : parse_document(text.substr(equals + 1));
    if (!value) {
      bind_.problems.push_back({"--set " + text, 0, 0, "", "expected KEY=VALUE with a value that YAML can read"});
      return;
    }
    node* at = &document;
    std::string_view path = std::string_view(text).substr(0, equals);
    for (;;) {
      const std::size_t dot = path.find('.');
      const std::string_view name = path.substr(0, dot);
      if (at->is != node::kind::table) *at = node{}, at->is = node::kind::table;
      auto member = std::ranges::find_if(at->table, [&](const auto& p) { return p.first == name; });
      if (member == at->table.end()) member = at->table.insert(at->table.end(), table_entry{std::string(name), node{}});
      at = &member->second;
      if (dot == std::string_view::npos) break;
      path.remove_prefix(dot + 1);
    }
    *at = *value;
    at->line = at->column = 0;
  }

  /// ${NAME}, ${NAME:-default}, ${file:PATH} inside string values.
  void expand(node& n, const std::string& path) {
    for (std::size_t i = 0; i < n.list.size(); ++i) expand(n.list[i], path + "[" + std::to_string(i) + "]");
    for (auto& [name, value] : n.table) expand(value, path.empty() ? name : path + "." + name);
    std::size_t at = n.is == node::kind::scalar ? n.text.find("${") : std::string::npos;
    while (at != std::string::npos) {
      const std::size_t end = n.text.find('}', at);
      if (end == std::string::npos) return bind_.complain(n, path, "'${' without its '}'");
      if (options_.source == trust::any) return bind_.complain(n, path, "a submitted job may not read the server's environment");
      const std::string inside = n.text.substr(at + 2, end - at - 2);
      const auto value = lookup(inside);
      if (!value) return bind_.complain(n, path, value.error());
      n.text.replace(at, end - at + 1, *value);
      at = n.text.find("${", at + value->size());
    }
  }

  std::expected<std::string, std::string> lookup(const std::string& inside) {
    if (inside.starts_with("file:")) {
      auto text = read_file(inside.substr(5));
      if (!text) return std::unexpected(inside.substr(5) + " " + text.error());
      while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
      return *text;
    }
    const std::size_t dash = inside.find(":-");
    const std::string name = inside.substr(0, dash);
    const char* value = options_.environment ? options_.environment(name) : std::getenv(name.c_str());
    if (value != nullptr && (*value != '\0' || dash == std::string::npos)) return value;
    if (dash != std::string::npos) return inside.substr(dash + 2);
    return std::unexpected("the environment has no " + name + "; set it, or give a default: ${" + name + ":-…}");
  }

  const load_options& options_;
  binder bind_;
};

}  // namespace

problem loaded_job::locate(std::string path, std::string message) const {
  const node* at = &document;
  int line = 0, column = 0;
  for (std::size_t i = 0; i < path.size() && at != nullptr;) {
    if (path[i] == '[') {
      const std::size_t close = path.find(']', i);
      const std::size_t index = std::strtoul(path.c_str() + i + 1, nullptr, 10);
      const bool stands_alone = at->is == node::kind::table && index == 0;  // one table where a list of them may be
      at = stands_alone ? at : index < at->list.size() ? &at->list[index] : nullptr;
      i = close + 1;
    } else {
      if (path[i] == '.') ++i;
      const std::size_t end = std::min(path.find_first_of(".[", i), path.size());
      at = at->find(std::string_view(path).substr(i, end - i));
      i = end;
    }
    if (at != nullptr) line = at->line, column = at->column;
  }
  return {file, line, column, std::move(path), std::move(message)};
}

loaded_job load_job_file(const std::string& path, const load_options& options) {
  loader l(options, path);
  node document = l.read(path, 0);
  return l.finish(std::move(document));
}

loaded_job load_job_text(const std::string& text, const std::string& name, const load_options& options) {
  loader l(options, name);
  node document = l.parse(text, name, 0);
  return l.finish(std::move(document));
}

}  // namespace trawl::config
