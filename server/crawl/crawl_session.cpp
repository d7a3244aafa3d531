#include "server/crawl/crawl_session.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>

#include "config/document/text.hpp"
#include "crawler/model/json_text.hpp"
#include "server/console.hpp"

namespace trawl::server {
namespace {

namespace asio = boost::asio;

constexpr auto patience = std::chrono::seconds(10);

std::expected<void, std::string> open_report(std::ofstream& file, const std::string& path) {
  if (path.empty()) return {};
  file.open(path, std::ios::binary | std::ios::trunc);
  return file ? std::expected<void, std::string>() : std::unexpected(fmt::format("{} can't be written: {}", path, std::strerror(errno)));
}

}  // namespace

crawl_session::crawl_session(config::job job, session_options options) : job_(std::move(job)), options_(std::move(options)) {}

std::expected<void, std::string> crawl_session::open() {
  const session_files& files = options_.files;
  if (auto fits = record_output::check(files.output, options_.existing_output); !fits) return fits;
  if (auto ready = open_report(summary_, files.summary); !ready) return ready;
  if (auto ready = open_report(rejected_, files.rejected); !ready) return ready;
  auto output = record_output::open(files.output, options_.existing_output, options_.rows);
  if (!output) return std::unexpected(output.error());
  output_.emplace(std::move(*output));
  return {};
}

int crawl_session::run() {
  engine::crawl_options options;
  options.operator_trusted = true;
  if (!options_.files.rejected.empty()) options.on_rejected = [this](const engine::rejected& r) { report_rejected(r); };
  crawl_.emplace(shards_, std::move(job_), std::move(options));
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

int crawl_session::report() {
  const engine::progress p = crawl_->snapshot();
  const bool is_written = close_files(p);
  if (output_->state() == write_state::reader_gone) return is_written ? 0 : 1;  // as `| head` asks: it had enough
  if (output_->state() == write_state::given_up) tell("trawl: {}; {} lines are missing from it\n", config::printable(output_->why()), output_->lost());
  if (options_.shows_summary) tell("{}", summary_table(p, crawl_->name(), to_string(crawl_->ended())));
  const auto unmet = engine::unmet_expectations(crawl_->job(), p);
  for (const std::string& what : unmet) tell("trawl: {}\n", what);
  return is_written && interrupts_ == 0 && unmet.empty() ? 0 : 1;
}

void crawl_session::start_writing() {
  asio::co_spawn(writing_, write_records(), [this](const std::exception_ptr& failure) {
    asio::post(loop_, [this, failure] {
      finish();
      if (failure) std::rethrow_exception(failure);
    });
  });
  writer_ = std::jthread([this] { writing_.run(); });
}

/// Reads the log in order and writes it out until it is closed. An output that fails ends the crawl; the log is read on all the same, so
/// that nothing waits for room in it.
asio::awaitable<void> crawl_session::write_records() {
  std::uint64_t seq = 0;
  for (;;) {
    auto entry = crawl_->log().poll(seq);
    if (!entry) {
      output_->flush();  // the log is read to its end: whoever reads along sees all there is
      entry = co_await crawl_->log().read(seq);
    }
    if (output_->state() != write_state::good) crawl_->cancel();
    if (!entry) co_return;
    seq = entry->seq;
    if (entry->output) output_->write(entry->line);
  }
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
