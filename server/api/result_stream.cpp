#include "server/api/result_stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>

#include "crawler/url/pattern.hpp"
#include "server/crawl/record_output.hpp"

namespace trawl::server::api {
namespace {

namespace asio = boost::asio;
using frontier::log_entry;

constexpr std::size_t block_bytes = 64u << 10;

class log_entries final : public async::stream<log_entry>::source {
 public:
  log_entries(log_ptr from, std::shared_ptr<log_cursor> cursor) : from_(std::move(from)), cursor_(std::move(cursor)) {}

  asio::awaitable<std::optional<log_entry>> next() override {
    if (auto there = ready()) co_return there;
    if (is_done()) co_return std::nullopt;
    co_return taken(co_await from_->read(cursor_->seq));
  }

  std::optional<log_entry> ready() override { return is_done() ? std::nullopt : taken(from_->poll(cursor_->seq)); }

 private:
  bool is_done() const noexcept { return !cursor_->follows && cursor_->seq >= cursor_->until; }
  std::optional<log_entry> taken(std::optional<log_entry> entry) {
    if (!entry || (!cursor_->follows && entry->seq > cursor_->until)) return std::nullopt;
    cursor_->seq = entry->seq;
    return entry;
  }

  log_ptr from_;
  std::shared_ptr<log_cursor> cursor_;
};

/// All rows of a record are one entry, so that no block ends between them and a cursor stands behind them all.
class rows_of_items final : public async::stream<log_entry>::source {
 public:
  explicit rows_of_items(async::stream<log_entry> from) : from_(std::move(from)) {}

  asio::awaitable<std::optional<log_entry>> next() override {
    while (auto entry = co_await from_.next())
      if (turn(*entry)) co_return entry;
    co_return std::nullopt;
  }

  std::optional<log_entry> ready() override {
    while (auto entry = from_.ready())
      if (turn(*entry)) return entry;
    return std::nullopt;
  }

 private:
  /// False: it has none.
  static bool turn(log_entry& entry) {
    std::string rows;
    append_item_rows(rows, entry.line, entry.seq);
    if (rows.empty()) return false;
    rows.pop_back();  // the last line end: blocks put it there
    entry.line = std::move(rows);
    return true;
  }

  async::stream<log_entry> from_;
};

class line_blocks final : public async::stream<std::string>::source {
 public:
  explicit line_blocks(async::stream<log_entry> from) : from_(std::move(from)) {}

  asio::awaitable<std::optional<std::string>> next() override {
    auto entry = co_await from_.next();
    if (!entry) co_return std::nullopt;
    std::string out;
    while (entry) {
      out += entry->line;
      out += '\n';
      if (out.size() >= block_bytes) break;
      entry = from_.ready();
    }
    co_return out;
  }

 private:
  async::stream<log_entry> from_;
};

class heartbeat final : public async::stream<std::string>::source {
 public:
  heartbeat(async::stream<std::string> from, std::chrono::milliseconds period) : from_(std::move(from)), period_(period) {}

  asio::awaitable<std::optional<std::string>> next() override {
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, period_);
    auto [order, failure, block, silence] =
        co_await asio::experimental::make_parallel_group(asio::co_spawn(executor, from_.next(), asio::deferred), timer.async_wait(asio::deferred))
            .async_wait(asio::experimental::wait_for_one(asio::cancellation_type::terminal), asio::use_awaitable);
    if (block) co_return std::move(block);
    if (order[0] == 1 && !silence) co_return "\n";
    if (failure) std::rethrow_exception(failure);
    co_return std::nullopt;
  }

 private:
  async::stream<std::string> from_;
  std::chrono::milliseconds period_;
};

/// Reads a record only as far as `status` and `error` go; what can be large stands behind them.
class fate_reader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::string status, error;

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t v) override {
    if (depth_ == 1 && key_ == "status") status = std::to_string(v);
    return true;
  }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t& v) override {
    if (depth_ == 2 && in_error_ && key_ == "code") error = v;
    return true;
  }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override {
    in_error_ = depth_ == 1 && key_ == "error";
    ++depth_;
    return true;
  }
  bool end_object() override {
    --depth_;
    return true;
  }
  bool start_array(std::size_t) override {
    ++depth_;
    return true;
  }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool key(string_t& name) override {
    key_ = name;
    return !(depth_ == 1 && name == "fetched_at");
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  int depth_ = 0;
  bool in_error_ = false;
  std::string key_;
};

bool is_status_pattern(std::string_view s) noexcept {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return s.size() == 3 && s[0] >= '1' && s[0] <= '5' && ((is_digit(s[1]) && is_digit(s[2])) || s.substr(1) == "xx");
}

}  // namespace

async::stream<log_entry> entries(log_ptr log, std::shared_ptr<log_cursor> cursor) { return async::stream<log_entry>(std::make_unique<log_entries>(std::move(log), std::move(cursor))); }

async::stream<log_entry> item_rows(async::stream<log_entry> from) { return async::stream<log_entry>(std::make_unique<rows_of_items>(std::move(from))); }

async::stream<std::string> blocks(async::stream<log_entry> from) { return async::stream<std::string>(std::make_unique<line_blocks>(std::move(from))); }

async::stream<std::string> with_heartbeat(async::stream<std::string> from, std::chrono::milliseconds period) {
  return async::stream<std::string>(std::make_unique<heartbeat>(std::move(from), period));
}

std::optional<std::function<bool(const log_entry&)>> wanted(std::string status, std::string error) {
  if (!status.empty() && !is_status_pattern(status)) return std::nullopt;
  return [status = std::move(status), error = std::move(error)](const log_entry& entry) {
    if (!entry.output) return false;
    if (status.empty() && error.empty()) return true;
    fate_reader fate;
    nlohmann::json::sax_parse(entry.line, &fate);
    const bool status_fits = status.empty() || (fate.status.size() == 3 && fate.status[0] == status[0] && (status.ends_with("xx") || fate.status == status));
    return status_fits && (error.empty() || (!fate.error.empty() && url::glob_matches(error, fate.error)));
  };
}

}  // namespace trawl::server::api
