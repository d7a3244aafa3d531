#include "config/load.hpp"

#include <algorithm>
#include <tuple>

#include "config/bind.hpp"
#include "config/check/check.hpp"
#include "config/document/text.hpp"
#include "config/job_doc.hpp"
#include "config/server_doc.hpp"

namespace trawl::config {
namespace {

bool covers(std::string_view outer, std::string_view path) noexcept {
  return path.starts_with(outer) && (path.size() == outer.size() || path[outer.size()] == '.' || path[outer.size()] == '[');
}

void sort_by_place(loaded_document& doc) {
  const auto place = [&](const problem& p) { return std::tuple(std::ranges::find(doc.files, p.file) - doc.files.begin(), p.line, p.column, p.path); };
  std::ranges::sort(doc.problems, {}, place);
}

/// Flags, --set and ${…} over what was read; then the document is complete.
void complete(source& from, const load_options& options, loaded_document& out) {
  for (const setting& s : options.flags) from.set(out.document, s);
  for (const std::string& text : options.sets) from.set(out.document, text);
  if (out.document.is == node::kind::null) out.document.is = node::kind::table;
  from.expand(out.document);
  out.problems = std::move(from.problems);
  out.files = std::move(from.files);
  out.secrets = std::move(from.secrets);
}

/// No file was broken as a whole: only then is it fair to say what is missing.
bool is_whole(const loaded_document& doc) {
  return std::ranges::none_of(doc.problems, [](const problem& p) { return p.path.empty(); });
}

void polish(loaded_document& doc) {
  for (problem& p : doc.problems) p.message = without_secrets(std::move(p.message), doc.secrets);
  sort_by_place(doc);
}

/// A key that is unknown here and known there was put into the wrong file.
void hint_at_other_file(loaded_document& doc, bool (*belongs)(std::string_view) noexcept, const char* message) {
  for (problem& p : doc.problems)
    if (p.message.starts_with("unknown key") && belongs(p.path)) p.message = message;
}

loaded_job bind_job(source from, node document, const std::string& name, const load_options& options) {
  loaded_job out;
  out.file = name;
  out.document = std::move(document);
  complete(from, options, out);
  if (options.defaults != nullptr) {
    node merged = *options.defaults;
    merge(merged, out.document);
    out.document = std::move(merged);
  }
  binder b{out.problems, options.operator_allows};
  if (!is_whole(out)) return polish(out), out;
  read_into(b, out.document, "", row{}, out.job);
  for (auto& [path, message] : cross_check(out.job, out.document)) out.add(std::move(path), std::move(message));
  hint_at_other_file(out, is_server_key, "unknown key: it belongs to the server file (trawl validate --server)");
  polish(out);
  return out;
}

loaded_server bind_server(source from, node document, const std::string& name, const load_options& options) {
  loaded_server out;
  out.file = name;
  out.document = std::move(document);
  complete(from, options, out);
  binder b{out.problems, {}};
  if (!is_whole(out)) return polish(out), out;
  read_into(b, out.document, "", row{}, out.server);
  job partial;
  read_into(b, out.server.defaults, "defaults", row{}, partial);
  for (auto& [path, message] : cross_check(out.server)) out.add(std::move(path), std::move(message));
  for (auto& [path, message] : cross_check(partial, out.server.defaults))
    if (path != "seeds" && path != "name") out.add("defaults." + path, std::move(message));
  hint_at_other_file(out, is_job_key, "unknown key: it belongs to a job file, or under defaults");
  polish(out);
  return out;
}

}  // namespace

problem loaded_document::locate(std::string path, std::string message) const {
  const node& at = nearest_node(document, path);
  return {at.from ? at.from->name : file, at.line, at.column, std::move(path), without_secrets(std::move(message), secrets)};
}

void loaded_document::add(std::string path, std::string message) {
  if (std::ranges::any_of(problems, [&](const problem& p) { return p.path.empty() || covers(p.path, path); })) return;
  problems.push_back(locate(std::move(path), std::move(message)));
  sort_by_place(*this);
}

loaded_job load_job_file(const std::string& path, const load_options& options) {
  source from(options.source, options.environment);
  node document = from.from_file(path);
  return bind_job(std::move(from), std::move(document), path, options);
}

loaded_job load_job_text(std::string_view text, const std::string& name, const load_options& options) {
  source from(options.source, options.environment);
  node document = from.from_text(text, name, options.as);
  return bind_job(std::move(from), std::move(document), name, options);
}

loaded_server load_server_file(const std::string& path, const load_options& options) {
  source from(trust::local, options.environment);
  node document = from.from_file(path);
  return bind_server(std::move(from), std::move(document), path, options);
}

loaded_server load_server_text(std::string_view text, const std::string& name, const load_options& options) {
  source from(trust::local, options.environment);
  node document = from.from_text(text, name, options.as);
  return bind_server(std::move(from), std::move(document), name, options);
}

}  // namespace trawl::config
