#include "server/schedule/trusted_job.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "config/bind.hpp"
#include "server/jobs/job_json.hpp"

namespace trawl::server {

using config::node;

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
