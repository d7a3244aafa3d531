#include "server/schedule/job_directory.hpp"

#include <algorithm>
#include <system_error>

#include "config/load.hpp"
#include "server/commands/job_source.hpp"
#include "server/schedule/stored_job.hpp"
#include "server/schedule/trusted_job.hpp"

namespace trawl::server {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t most_files = 1000;

std::string stamp_of(const std::vector<std::string>& files) {
  std::string out;
  for (const std::string& file : files) {
    std::error_code no_file;
    const auto time = fs::last_write_time(file, no_file).time_since_epoch().count();
    const auto size = no_file ? 0 : fs::file_size(file, no_file);
    out += no_file ? "none;" : std::to_string(time) + ' ' + std::to_string(size) + ';';
  }
  return out;
}

bool is_job_file(const fs::directory_entry& entry) {
  const std::string name = entry.path().filename().string();
  const std::string suffix = entry.path().extension().string();
  std::error_code no_file;
  return !name.starts_with('.') && (suffix == ".yaml" || suffix == ".yml" || suffix == ".json") && entry.is_regular_file(no_file);
}

/// With every problem that `trawl crawl` would find.
config::loaded_job read(const std::string& path) {
  config::loaded_job out = checked(config::load_job_file(path, {}));
  check_files(out);
  return out;
}

job_file found(const std::string& path, const config::loaded_job& loaded) {
  job_file out{path, fs::path(path).stem().string(), loaded.job.schedule, {}};
  if (const config::node* name = loaded.document.find("name"); name != nullptr && name->is == config::node::kind::scalar) out.name = name->text;
  for (const auto& p : loaded.problems) out.problems.push_back(to_string(p));
  if (!is_stored_name(out.name)) out.problems.push_back(path + ": its name can't be a job's, so it needs a key 'name' of at most 64 of A-Z a-z 0-9 . _ -");
  return out;
}

}  // namespace

job_directory::news job_directory::look() {
  news out;
  std::vector<std::string> there;
  std::error_code failure;
  for (fs::directory_iterator at(directory_, failure), end; !failure && at != end; at.increment(failure))
    if (is_job_file(*at)) there.push_back(at->path().string());
  std::string problem = failure ? "jobs.dir: " + directory_.string() + ": " + failure.message() : "";
  if (there.size() > most_files) problem = "jobs.dir: " + directory_.string() + " holds more than 1000 job files; those behind are not looked at";
  if (problem != last_problem_) out.problem = problem;
  last_problem_ = std::move(problem);
  if (failure) return out;
  out.is_read = true;
  std::ranges::sort(there);
  there.resize(std::min(there.size(), most_files));
  for (const auto& [path, file] : known_)
    if (!std::ranges::binary_search(there, path)) out.gone.push_back(path);
  for (const std::string& path : out.gone) known_.erase(path);
  for (const std::string& path : there) {
    const auto before = known_.find(path);
    if (before != known_.end() && stamp_of(before->second.files) == before->second.stamp) continue;
    std::string stamp = stamp_of({path});  // from before it is read: what is written meanwhile is read again
    const config::loaded_job loaded = read(path);
    std::vector<std::string> files = loaded.files.empty() ? std::vector{path} : loaded.files;
    if (files.size() > 1) stamp = stamp_of(files);
    known_[path] = {std::move(files), std::move(stamp)};
    out.changed.push_back(found(path, loaded));
  }
  return out;
}

job_file_text read_job_file(const std::string& path, const std::string& name) {
  config::loaded_job loaded = read(path);
  job_file_text out;
  for (const auto& p : loaded.problems) out.problems.push_back(to_string(p));
  out.shown = config::to_json(loaded.job, loaded.secrets).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  out.text = trusted_job::of(loaded, name).to_text();
  out.job = std::move(loaded.job);
  return out;
}

}  // namespace trawl::server
