#include "server/crawl/crawl_session.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <filesystem>

#include "config/document/text.hpp"
#include "crawler/frontier/kill_point.hpp"
#include "crawler/frontier/store/storage_error.hpp"
#include "crawler/model/json_text.hpp"
#include "server/console.hpp"

namespace trawl::server {
namespace {

namespace asio = boost::asio;

constexpr auto patience = std::chrono::seconds(10);
constexpr auto save_every = std::chrono::seconds(1);
constexpr std::uint64_t records_a_save = 10'000;  // where there is no pause

std::expected<void, std::string> open_report(std::ofstream& file, const std::string& path) {
  if (path.empty()) return {};
  file.open(path, std::ios::binary | std::ios::trunc);
  return file ? std::expected<void, std::string>() : std::unexpected(fmt::format("{} can't be written: {}", path, std::strerror(errno)));
}

bool is_stdout(const std::string& path) { return path.empty() || path == "-"; }

/// What the state calls an output. One that stands beside its state moves with it.
std::string reader_name(const session_options& of) {
  const std::filesystem::path path = of.files.output;
  const std::string name = is_stdout(of.files.output)        ? "stdout"
                           : of.state.is_beside_output ? path.filename().string()
                                                       : std::filesystem::absolute(path).lexically_normal().string();
  return of.rows == config::row_kind::items ? "items of " + name : name;
}

}  // namespace

crawl_session::crawl_session(config::job job, session_options options) : job_(std::move(job)), options_(std::move(options)) {}

/// The state first: what its output may be depends on it.
std::expected<void, std::string> crawl_session::open() {
  const session_files& files = options_.files;
  engine::crawl_options options;
  options.operator_trusted = true;
  options.state = options_.state.directory;
  options.state_job = options_.state.job;
  options.retry = options_.retry;
  if (!files.rejected.empty()) options.on_rejected = [this](const engine::rejected& r) { report_rejected(r); };
  if (options.state.empty())
    if (auto fits = record_output::check(files.output, options_.existing_output); !fits) return fits;
  try {
    crawl_.emplace(shards_, std::move(job_), std::move(options));
  } catch (const frontier::storage_error& e) {
    return std::unexpected(e.what());
  }
  auto ready = open_report(summary_, files.summary);
  if (ready) ready = open_report(rejected_, files.rejected);
  if (ready) ready = open_output();
  if (!ready && crawl_->is_new()) crawl_->remove_state();  // nothing was started
  return ready;
}

/// What the state has of this output; nullopt: it gets all records from the first.
std::optional<output_cursor> crawl_session::known_cursor() const {
  if (!crawl_->has_state() || options_.existing_output == existing::overwrite) return std::nullopt;
  const auto cursor = output_cursor::parse(crawl_->recall(reader_).value_or(""));
  std::error_code none;
  if (!cursor || cursor->seq == 0 || is_stdout(options_.files.output) || std::filesystem::exists(options_.files.output, none)) return cursor;
  spdlog::warn("{} is gone: all records are written into it again, from the first", options_.files.output);
  return std::nullopt;
}

/// An output that the state knows goes on where its last whole record ends; another one gets all records from the first.
std::expected<void, std::string> crawl_session::open_output() {
  const std::string& path = options_.files.output;
  reader_ = reader_name(options_);
  std::error_code none;
  const auto cursor = known_cursor();
  if (cursor && cursor->seq > crawl_->log().synced_seq())
    return std::unexpected(fmt::format("the state in {} is damaged: it has {} records, but {} of them are in its output; put a backup in its place, or remove the directory to start anew",
                                       options_.state.directory, crawl_->log().synced_seq(), cursor->seq));
  if (!cursor) {
    if (auto fits = record_output::check(path, options_.existing_output); !fits) return fits;
    const bool goes_behind = options_.existing_output == existing::append && std::filesystem::is_regular_file(path, none);
    const output_cursor begin{0, goes_behind ? std::filesystem::file_size(path, none) : 0};
    crawl_->remember(reader_, begin.text());  // before the file is made: a crawl that ends just then finds it to be its own
  }
  const bool was_made = cursor && (is_stdout(path) || std::filesystem::exists(path, none));
  auto output = was_made ? record_output::resume(path, cursor->length, options_.rows) : record_output::open(path, options_.existing_output, options_.rows);
  if (!output) return std::unexpected(output.error());
  output_.emplace(std::move(*output));
  if (cursor) written_ = saved_ = cursor->seq;
  return {};
}

int crawl_session::run() {
  view_.emplace(loop_, *crawl_, options_.style);
  signals_.add(SIGINT);
  signals_.add(SIGTERM);
  watch_signals();
  view_->start();
  crawl_->start();
  start_writing();
  loop_.run();
  writer_.join();
  while (!crawl_->wait_for(std::chrono::seconds(1))) {
  }
  return report();
}

/// Once a second, and at the end: what the output holds is safe, and then the state knows it.
void crawl_session::save_cursor() {
  if (!crawl_->has_state() || saved_ == written_) return;
  const auto length = output_->sync();
  if (output_->state() != write_state::good) return;
  frontier::kill_point("output.after_write");
  crawl_->remember(reader_, output_cursor{written_, length.value_or(0)}.text());
  frontier::kill_point("output.after_cursor");
  saved_ = written_;
  saved_at_ = std::chrono::steady_clock::now();
}

/// The same command goes on: the queue is kept, and something is left of it.
bool crawl_session::is_resumable() const { return crawl_->has_state() && crawl_->ended() != engine::ending::drained; }

int crawl_session::report() {
  const engine::progress p = crawl_->snapshot();
  const bool is_written = close_files(p);
  if (output_->state() == write_state::reader_gone) return is_written ? 0 : 1;  // as `| head` asks: it had enough
  if (output_->state() == write_state::given_up) tell("trawl: {}; {} lines are missing from it\n", config::printable(output_->why()), output_->lost());
  if (options_.shows_summary) tell("{}", summary_table(p, crawl_->name(), to_string(crawl_->ended())));
  if (!log_failure_.empty()) tell("trawl: {}\n", config::printable(log_failure_));
  const bool is_cut = (interrupts_ > 0 && crawl_->ended() != engine::ending::drained) || crawl_->ended() == engine::ending::host_blocked;
  if (is_cut && is_resumable() && log_failure_.empty()) {
    tell("trawl: the state is kept in {}; the same command goes on\n", config::printable(options_.state.directory));
    return 3;
  }
  const auto unmet = engine::unmet_expectations(crawl_->job(), p);
  for (const std::string& what : unmet) tell("trawl: {}\n", what);
  const bool is_well = is_written && log_failure_.empty() && crawl_->ended() != engine::ending::failed;
  if (is_well && !is_resumable() && options_.state.is_beside_output) crawl_->remove_state();
  return is_well && !is_cut && unmet.empty() ? 0 : 1;
}

void crawl_session::start_writing() {
  asio::co_spawn(writing_, write_records(), [this](const std::exception_ptr& failure) {
    asio::post(loop_, [this, failure] {
      if (failure) note_failure(failure);
      finish();
    });
  });
  writer_ = std::jthread([this] { writing_.run(); });
}

/// Reads the log in order and writes it out until it is closed. An output that fails ends the crawl; the log is read on all the same, so
/// that nothing waits for room in it.
asio::awaitable<void> crawl_session::write_records() {
  for (;;) {
    auto entry = crawl_->log().poll(written_);
    if (!entry) {
      output_->flush_for_readers();  // the log is read to its end
      if (std::chrono::steady_clock::now() - saved_at_ >= save_every) save_cursor();
      entry = co_await crawl_->log().read(written_);
    }
    if (output_->state() != write_state::good) crawl_->cancel();
    if (!entry) co_return save_cursor();
    written_ = entry->seq;
    if (entry->output) output_->write(entry->line);
    if (written_ - saved_ >= records_a_save) save_cursor();
  }
}

/// Records that can't be read, or a state that can't be written: the crawl would go on for nobody.
void crawl_session::note_failure(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& e) {
    log_failure_ = e.what();
  }
  crawl_->cancel();
}

void crawl_session::watch_signals() {
  signals_.async_wait([this](boost::system::error_code ec, int) {
    if (ec) return;
    on_signal();
    watch_signals();
  });
}

void crawl_session::on_signal() {
  if (++interrupts_ > 1) {
    spdlog::warn("ending at once");
    output_->give_up();
    return crawl_->cancel();
  }
  patience_.expires_after(patience);
  patience_.async_wait([this](boost::system::error_code ec) {
    if (!ec) output_->give_up();
  });
  spdlog::warn("interrupted: finishing what is in flight, 10 s at most; interrupt again to end at once");
  crawl_->drain();
}

void crawl_session::finish() {
  view_->stop();
  signals_.cancel();
  patience_.cancel();
}

void crawl_session::report_rejected(const engine::rejected& r) {
  std::string line;
  json_object o(line);
  o.text("url", r.url);
  o.text("parent", r.parent);
  o.text("rule", r.rule);
  o.close();
  rejected_ << line << '\n';
}

bool crawl_session::close_files(const engine::progress& p) {
  const auto complain = [](const std::string& why) {
    tell("trawl: {}\n", config::printable(why));
    return false;
  };
  bool is_well = output_->state() != write_state::given_up;
  if (output_->flush() == write_state::failed) is_well = complain(output_->why());
  if (summary_.is_open()) summary_ << engine::to_json(p, crawl_->name(), to_string(crawl_->ended())) << '\n';
  for (const auto& [file, path] : {std::pair(&summary_, &options_.files.summary), std::pair(&rejected_, &options_.files.rejected)}) {
    if (!file->is_open()) continue;
    errno = 0;
    file->close();
    if (file->fail()) is_well = complain(fmt::format("{} can't be written: {}", *path, errno != 0 ? std::strerror(errno) : "a write failed"));
  }
  return is_well;
}

}  // namespace trawl::server
