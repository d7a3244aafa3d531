// GET /api/v1/jobs/{id}/results: NDJSON from the result log, at the reader's pace.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>

#include "server/api/api.hpp"
#include "server/api/result_stream.hpp"

namespace trawl::server::api {
namespace {

using http::answer;
using http::problem;
using http::request;
using boost::asio::awaitable;

constexpr std::uint64_t entries_a_page = 100'000;  // looked at for one response with a limit, however few of them fit
constexpr std::uint64_t entries_a_slice = 512;     // then others on the loop have their turn
constexpr auto look_every = std::chrono::milliseconds(50);

/// What a reader asks for.
struct wish {
  std::uint64_t after = 0, limit = 0;  ///< limit 0: all
  bool follows = false;
  std::function<bool(const frontier::log_entry&)> wants;
};

/// False where the text is no number.
bool read_number(const request& r, std::string_view name, std::uint64_t& out) {
  const auto text = r.parameter(name);
  if (!text) return true;
  const auto [end, wrong] = std::from_chars(text->data(), text->data() + text->size(), out);
  return wrong == std::errc() && end == text->data() + text->size();
}

std::optional<answer> read_wish(const request& r, wish& out) {
  if (!read_number(r, "after", out.after)) return problem(400, "after: the seq of a record, or 0");
  if (!read_number(r, "limit", out.limit)) return problem(400, "limit: a number of records");
  const auto follow = r.parameter("follow").value_or("false");
  if (follow != "true" && follow != "false") return problem(400, "follow: true or false");
  if (r.parameter("rows").value_or("records") != "records") return problem(400, "rows: items are not available in this version");
  out.follows = follow == "true";
  if (out.follows && out.limit != 0) return problem(400, "limit and follow exclude each other");
  auto wants = wanted(std::string(r.parameter("status").value_or("")), std::string(r.parameter("error").value_or("")));
  if (!wants) return problem(400, "status: a number such as 404, or a class such as 5xx");
  out.wants = std::move(*wants);
  return std::nullopt;
}

/// Where a page of `limit` wanted records ends: looked up before the head is sent, which names the next page. The records are read
/// again for the body, so none is kept.
awaitable<std::uint64_t> end_of_page(log_ptr log, const wish& asked, std::uint64_t last) {
  std::uint64_t seq = asked.after, found = 0;
  for (std::uint64_t looked = 1; seq < last && found < asked.limit && looked <= entries_a_page; ++looked) {
    const auto entry = log->poll(seq);
    if (!entry || entry->seq > last) break;
    seq = entry->seq;
    if (asked.wants(*entry)) ++found;
    if (looked % entries_a_slice == 0) co_await boost::asio::post(boost::asio::use_awaitable);
  }
  co_return seq;
}

/// Where the reader is. Records that the job made and its files have lost are told in a field of their own: what is there is complete then,
/// but not all.
http::field_list cursor_fields(std::uint64_t next, bool complete, std::uint64_t missing) {
  http::field_list out = {{"Trawl-Next", std::to_string(next)}, {"Trawl-Complete", complete ? "true" : "false"}};
  if (missing > 0) out.emplace_back("Trawl-Missing", std::to_string(missing));
  return out;
}

/// The log of a job that may still be queued. Shared by the stream and its trailers; the loop's thread only.
class late_log final : public log_source {
 public:
  late_log(registry& jobs, registry::job_ptr j, log_ptr log) : jobs_(jobs), job_(std::move(j)), log_(std::move(log)) {}

  awaitable<log_ptr> wait() override {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    while (!log_) {
      const bool was_active = job_->is_active();
      log_ptr opened = co_await jobs_.open_log(job_);
      if (opened) log_ = std::move(opened);
      const bool is_cancelled = (co_await boost::asio::this_coro::cancellation_state).cancelled() != boost::asio::cancellation_type::none;
      if (log_ || !was_active || is_cancelled || (jobs_.is_stopping() && job_->state == job_state::queued)) break;  // no place will be free any more
      boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, look_every);
      co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
    co_return log_;
  }
  const log_ptr& known() const noexcept override { return log_; }

 private:
  registry& jobs_;
  registry::job_ptr job_;
  log_ptr log_;
};

class results_api {
 public:
  explicit results_api(state& with) : with_(with) {}

  awaitable<answer> read(const request& r) {
    const auto j = with_.jobs.find(r.parts.at("id"));
    if (!j) co_return problem(404, "there is no job with this id");
    wish asked;
    if (auto refusal = read_wish(r, asked)) co_return std::move(*refusal);
    answer out;
    out.content_type = "application/x-ndjson";
    log_ptr log = co_await with_.jobs.open_log(j);
    if (asked.follows) {
      follow(j, std::move(log), asked, out);
      co_return out;
    }
    if (!log) {
      out.fields = cursor_fields(asked.after, !j->is_active(), 0);
      co_return out;
    }
    const bool was_closed = log->closed();  // asked before the last seq: whatever comes between makes no record
    const std::uint64_t last = log->synced_seq();
    auto cursor = std::make_shared<log_cursor>(log_cursor{asked.after, std::max(asked.after, last), false});
    if (asked.limit != 0) cursor->until = co_await end_of_page(log, asked, last);
    out.fields = cursor_fields(cursor->until, was_closed && cursor->until >= last, j->missing);
    out.blocks = blocks(async::where(entries(std::move(log), std::move(cursor)), asked.wants));
    co_return out;
  }

 private:
  /// The head goes out at once, also where the job is still queued and has no log.
  void follow(registry::job_ptr j, log_ptr log, const wish& asked, answer& out) {
    auto cursor = std::make_shared<log_cursor>(log_cursor{asked.after, 0, true});
    auto source = std::make_shared<late_log>(with_.jobs, j, std::move(log));
    out.trailers = [cursor, source, j] {
      const log_ptr& known = source->known();
      return cursor_fields(cursor->seq, known ? known->closed() && cursor->seq >= known->synced_seq() : !j->is_active(), j->missing);
    };
    auto lines = blocks(async::where(entries(std::move(source), std::move(cursor)), asked.wants));
    out.blocks = with_heartbeat(std::move(lines), with_.options.limits.heartbeat);
  }

  state& with_;
};

}  // namespace

void add_results(http::router& to, state& with) {
  auto api = std::make_shared<results_api>(with);  // shared by the copies of its handler
  to.add("GET", "/api/v1/jobs/{id}/results", {.handle = [api](const request& r) { return api->read(r); }, .parameters = {"after", "limit", "follow", "rows", "status", "error"}});
}

}  // namespace trawl::server::api
