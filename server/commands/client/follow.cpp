#include "server/commands/client/follow.hpp"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>

#include "server/client/job_status.hpp"
#include "server/commands/client/session.hpp"
#include "server/console.hpp"
#include "server/crawl/live_line.hpp"

namespace trawl::server {
namespace {

namespace asio = boost::asio;
using clock = client::retry_pace::clock;
using client::failure;

constexpr auto look_every = std::chrono::seconds(1);
constexpr int looks_a_log_line = 5;

class watch {
 public:
  watch(const client::api_client& client, watch_wish wish) : client_(client), wish_(std::move(wish)), pace_(wish_.patience, clock::now()) {}

  asio::awaitable<int> run() {
    for (;;) {
      auto got = co_await client_.status(wish_.id);
      if (!got) {
        const auto wait = retry_in(got.error());
        if (!wait) co_return end_with(got.error());
        co_await pause(*wait);
        continue;
      }
      pace_.succeeded(clock::now());
      is_lost_ = false;
      const auto now = client::read_status(*got);
      if (!now) co_return end_with({failure::kind::malformed, "the service's answer is no status of a job"});
      if (now->is_over()) co_return end(*now, *got);
      if (!std::exchange(has_answered_, true)) co_await learn_bounds();
      show(*now);
      co_await pause(look_every);
    }
  }

 private:
  asio::awaitable<void> pause(std::chrono::milliseconds time) {
    asio::steady_timer timer(client_.executor(), time);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }

  /// The document is for the time that is left alone: without it the line is shorter.
  asio::awaitable<void> learn_bounds() {
    const auto document = co_await client_.document(wish_.id);
    if (document) bounds_ = client::read_bounds(*document);
  }

  std::optional<std::chrono::milliseconds> retry_in(const failure& why) {
    const auto wait = has_answered_ && why.may_pass() ? pace_.after_failure(clock::now()) : std::nullopt;
    if (wait && wish_.tells_end && !std::exchange(is_lost_, true)) spdlog::warn("{}; trying again", why.message);
    return wait;
  }

  void show(const client::job_status& now) {
    const std::string line = client::status_line(now, bounds_);
    if (wish_.style == progress_style::live) draw_live_line(line);
    if (wish_.style == progress_style::logged && looks_++ % looks_a_log_line == 0) spdlog::info("{}", line);
  }

  void clear() const {
    if (wish_.style == progress_style::live) clear_live_line();
  }

  int end_with(const failure& why) const {
    clear();
    return tell_failure(wish_.command, why);
  }

  int end(const client::job_status& last, const nlohmann::json& as_given) const {
    clear();
    if (wish_.tells_end) tell("{}", client::end_text(last));
    if (wish_.as_json) answer("{}\n", as_given.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    return last.exit_code();
  }

  const client::api_client& client_;
  const watch_wish wish_;
  client::retry_pace pace_;
  config::job bounds_;
  bool has_answered_ = false;
  bool is_lost_ = false;  ///< and it was said
  int looks_ = 0;
};

/// errno of the write that failed; 0: all is written. Past stdio, so that each block is out before the next is asked for.
int write_out(std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t n = ::write(STDOUT_FILENO, text.data(), text.size());
    if (n < 0 && errno != EINTR) return errno;
    if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
  }
  return 0;
}

int tell_end(const print_wish& wish, const client::result_reader& reader) {
  if (reader.missing() > 0) {
    tell("trawl {}: {} records are lost on the service; its log says which files are damaged\n", wish.command, reader.missing());
    return 1;
  }
  if (!reader.is_complete() && !wish.is_quiet) tell("trawl {}: this is not all; --after {} goes on from here, and -f follows the job\n", wish.command, reader.after());
  return 0;
}

}  // namespace

progress_style wanted_style(bool is_silent) noexcept {
  if (is_silent) return progress_style::none;
  return isatty(STDERR_FILENO) != 0 ? progress_style::live : progress_style::logged;
}

asio::awaitable<int> watch_job(const client::api_client& client, watch_wish wish) {
  watch one(client, std::move(wish));
  const int code = co_await one.run();
  co_return code;
}

asio::awaitable<int> print_results(const client::api_client& client, print_wish wish) {
  const auto tell_break = [&wish](const failure& why) {
    if (!wish.is_quiet) tell("trawl {}: {}; trying again\n", wish.command, why.message);
  };
  client::result_reader reader(client, wish.what, wish.patience, tell_break);
  for (;;) {
    auto lines = co_await reader.next();
    if (!lines) {
      if (lines.error().may_pass() && reader.after() > wish.what.after) lines.error().message += "; --after " + std::to_string(reader.after()) + " goes on from here";
      co_return tell_failure(wish.command, lines.error());
    }
    if (!*lines) co_return tell_end(wish, reader);
    const int wrong = write_out(**lines);
    if (wrong == EPIPE) co_return 0;  // as `| head` asks: it had enough
    if (wrong != 0) {
      tell("trawl {}: stdout can't be written: {}\n", wish.command, std::strerror(wrong));
      co_return 1;
    }
  }
}

}  // namespace trawl::server
