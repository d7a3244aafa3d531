#include "config/seed_line.hpp"

#include "config/bind.hpp"
#include "config/check/check.hpp"
#include "config/job_doc.hpp"

namespace trawl::config {

std::optional<seed> read_seed_line(std::string_view line, const std::string& name, int number, std::vector<problem>& problems) {
  const std::size_t before = problems.size();
  seed out;
  const auto from = std::make_shared<const origin>(origin{name, trust::local});
  if (const auto document = parse_document(line, format::json, from); !document) {
    problems.push_back(document.error());
  } else if (document->is != node::kind::table && !(document->is == node::kind::scalar && document->quoted)) {
    problems.push_back({name, 1, document->column, "", "expected a JSON string or an object with a url, found " + shown(*document, row{})});
  } else {
    binder b{problems, {}};
    read_into(b, *document, "", row{}, out);
    findings found;
    if (problems.size() == before) check_seed(out, "", found);
    for (auto& [path, message] : found) problems.push_back({name, 1, 1, std::move(path), std::move(message)});
  }
  for (std::size_t i = before; i < problems.size(); ++i) problems[i].line = number;
  return problems.size() == before ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace trawl::config
