// trawl state info and backup: what a state directory holds, and a copy of it, beside a crawl that runs.
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "config/document/text.hpp"
#include "crawler/frontier/inspect/backup.hpp"
#include "crawler/frontier/inspect/state_view.hpp"
#include "crawler/frontier/store/state_directory.hpp"
#include "crawler/model/record.hpp"
#include "server/commands/commands.hpp"
#include "server/console.hpp"
#include "server/crawl/output_cursor.hpp"
#include "server/crawl/progress_text.hpp"

namespace trawl::server {
namespace {

using json = nlohmann::ordered_json;

std::string job_name(const frontier::state_view& state) {
  const json job = json::parse(state.job(), nullptr, false);
  return job.is_object() && job.contains("name") && job["name"].is_string() ? job["name"].get<std::string>() : "";
}

json outputs_of(const frontier::state_view& state) {
  json out = json::array();
  for (const auto& [name, note] : state.consumers()) {
    const auto cursor = output_cursor::parse(note);
    if (cursor) out.push_back({{"name", name}, {"seq", cursor->seq}, {"bytes", cursor->length}});
  }
  return out;
}

json info_of(const frontier::state_view& state) {
  const auto& n = state.numbers();
  const auto written = std::chrono::time_point_cast<std::chrono::system_clock::duration>(std::chrono::file_clock::to_sys(state.written_at()));
  return {{"directory", state.path().string()},
          {"format", frontier::store::schema_version},
          {"job", job_name(state)},
          {"records", n.recorded},
          {"pages", n.pages},
          {"queued", n.queued},
          {"discovered", n.discovered},
          {"duplicates", n.duplicates},
          {"hosts", state.hosts()},
          {"last_seq", n.seq},
          {"seeds", {{"taken", n.seeds.position}, {"all", n.seeds.exhausted}}},
          {"written_at", to_rfc3339(written)},
          {"bytes", {{"tables", state.table_bytes()}, {"records", state.record_bytes()}}},
          {"outputs", outputs_of(state)}};
}

void add_line(std::string& out, std::string_view name, const std::string& words) { out += fmt::format("{:<11} {}\n", name, words); }

std::string size_words(std::uint64_t bytes) { return size_text(static_cast<double>(bytes)); }

std::string info_text(const json& info) {
  std::string out;
  const auto count = [&](const char* key) { return count_text(info[key].get<std::uint64_t>()); };
  const std::uint64_t tables = info["bytes"]["tables"], records = info["bytes"]["records"];
  add_line(out, "state", config::printable(info["directory"].get<std::string>()) + ", format " + info["format"].dump());
  add_line(out, "job", config::printable(info["job"].get<std::string>()));
  add_line(out, "discovered", fmt::format("{} = {} recorded + {} queued or in flight; {} duplicates", count("discovered"), count("records"), count("queued"), count("duplicates")));
  add_line(out, "pages", count("pages"));
  add_line(out, "hosts", count("hosts"));
  add_line(out, "seeds", count_text(info["seeds"]["taken"].get<std::uint64_t>()) + (info["seeds"]["all"].get<bool>() ? ", all of them" : " so far"));
  add_line(out, "written", info["written_at"].get<std::string>());
  add_line(out, "on disk", fmt::format("{} = records {} + tables {}", size_words(tables + records), size_words(records), size_words(tables)));
  for (const json& o : info["outputs"])
    add_line(out, "output", fmt::format("{}: records up to {} of {}, {}", config::printable(o["name"].get<std::string>()), count_text(o["seq"].get<std::uint64_t>()), count("last_seq"), size_words(o["bytes"].get<std::uint64_t>())));
  return out;
}

struct info_arguments {
  std::string directory;
  bool as_json = false;
};

int info(const info_arguments& given) {
  const json told = info_of(frontier::state_view(given.directory));
  if (given.as_json) {
    answer("{}\n", told.dump(-1, ' ', false, json::error_handler_t::replace));
  } else {
    answer("{}", info_text(told));
  }
  return 0;
}

struct backup_arguments {
  std::string from, to;
};

int backup(const backup_arguments& given) {
  frontier::back_up(given.from, given.to);
  const frontier::state_view copy(given.to);
  tell("trawl: {} holds {} records and {} queued URLs\n", config::printable(given.to), count_text(copy.numbers().recorded), count_text(copy.numbers().queued));
  return 0;
}

}  // namespace

command_body set_up_state(CLI::App& arguments) {
  auto looked_at = std::make_shared<info_arguments>();
  auto copied = std::make_shared<backup_arguments>();
  arguments.require_subcommand(1);
  CLI::App* info_command = arguments.add_subcommand("info", "what a state directory holds, also beside a crawl that runs");
  info_command->add_option("dir", looked_at->directory, "FILE.trawl beside -o FILE, or what --state named")->required();
  info_command->add_flag("--json", looked_at->as_json, "one JSON object");
  CLI::App* backup_command = arguments.add_subcommand("backup", "a copy of a state as it is now, also beside a crawl that runs");
  backup_command->add_option("dir", copied->from, "the state")->required();
  backup_command->add_option("to", copied->to, "the copy's directory, which is made")->required();
  return [=] { return info_command->parsed() ? info(*looked_at) : backup(*copied); };
}

}  // namespace trawl::server
