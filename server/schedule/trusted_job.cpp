#include "server/schedule/trusted_job.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "config/bind.hpp"

namespace trawl::server {
namespace {

using config::node;

std::string scalar_text(const node& n) {
  const bool is_bare = !n.quoted || n.filled;  // what ${…} gave may be a number, in quotes too
  const bool is_literal = is_bare && !n.text.empty() && n.text.front() != '"' && n.text.front() != '[' && n.text.front() != '{' && nlohmann::json::accept(n.text);
  if (is_literal) return n.text;
  const auto value = is_bare ? config::to_plain_json(n) : nlohmann::json(n.text);
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string quoted(const std::string& text) { return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }

}  // namespace

/// As deep as a document may be: 32 levels.
std::string to_json_text(const node& n) {
  std::string out;
  switch (n.is) {
    case node::kind::null: return "null";
    case node::kind::scalar: return scalar_text(n);
    case node::kind::list:
      for (const node& item : n.list) out += (out.empty() ? "" : ",") + to_json_text(item);
      return '[' + out + ']';
    case node::kind::table:
      for (const auto& entry : n.table) out += (out.empty() ? "" : ",") + quoted(entry.first) + ':' + to_json_text(entry.second);
      return '{' + out + '}';
  }
  return out;
}

void make_one_run(node& document, const std::string& name) {
  std::erase_if(document.table, [](const config::table_entry& e) { return e.first == "schedule" || e.first == "name"; });
  document.is = node::kind::table;
  document.table.insert(document.table.begin(), config::table_entry{"name", node::of_text(name, document.from)});
}

trusted_job trusted_job::of(const config::loaded_job& loaded, const std::string& name) {
  trusted_job out{loaded.file, loaded.document, loaded.secrets};
  make_one_run(out.document, name);
  return out;
}

std::string trusted_job::to_text() const {
  const nlohmann::json about = {{"file", file}, {"secrets", secrets}, {"document", to_json_text(document)}};
  return about.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

trusted_job trusted_job::from_text(std::string_view text) {
  const auto about = nlohmann::json::parse(text, nullptr, false);
  trusted_job out;
  if (!about.is_object()) return out;
  out.file = about.value("file", "");
  out.secrets = about.value("secrets", std::vector<std::string>());
  const auto from = std::make_shared<const config::origin>(config::origin{out.file, config::trust::local});
  if (auto document = config::parse_document(about.value("document", "{}"), config::format::json, from)) out.document = std::move(*document);
  return out;
}

}  // namespace trawl::server
