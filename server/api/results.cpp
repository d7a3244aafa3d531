// GET /api/v1/jobs/{id}/results: NDJSON from the result log, at the reader's pace.
#include <boost/asio/post.hpp>
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

/// What a reader asks for.
struct wish {
  std::uint64_t after = 0, limit = 0;  ///< limit 0: all
  bool follows = false, as_items = false;
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
  const auto rows = r.parameter("rows").value_or("records");
  if (rows != "records" && rows != "items") return problem(400, "rows: records or items");
  out.as_items = rows == "items";
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
    if (!entry || entry->seq > last) co_return last;
    seq = entry->seq;
    if (asked.wants(*entry)) ++found;
    if (looked % entries_a_slice == 0) co_await boost::asio::post(boost::asio::use_awaitable);
  }
  co_return seq;
}

/// What is asked for, as records or as their items.
async::stream<frontier::log_entry> lines(log_ptr log, std::shared_ptr<log_cursor> cursor, const wish& asked) {
  auto records = async::where(entries(std::move(log), std::move(cursor)), asked.wants);
  return asked.as_items ? item_rows(std::move(records)) : std::move(records);
}

/// Where the reader is.
http::field_list cursor_fields(std::uint64_t next, bool complete, std::uint64_t missing) {
  http::field_list out = {{"Trawl-Next", std::to_string(next)}, {"Trawl-Complete", complete ? "true" : "false"}};
  if (missing > 0) out.emplace_back("Trawl-Missing", std::to_string(missing));  // complete, but not all: its files are damaged
  return out;
}

class results_api {
 public:
  explicit results_api(state& with) : with_(with) {}

  awaitable<answer> read(const request& r) {
    const auto j = job_of(with_, r);
    if (!j) co_return no_such_job();
    wish asked;
    if (auto refusal = read_wish(r, asked)) co_return std::move(*refusal);
    answer out;
    out.content_type = "application/x-ndjson";
    const auto log = with_.jobs.results(j);
    if (asked.follows) {
      follow(j, asked, out);
      co_return out;
    }
    co_await log->prepare();
    const bool was_over = log->closed();  // asked before the last seq: whatever comes between makes no record
    const std::uint64_t last = log->synced_seq();
    auto cursor = std::make_shared<log_cursor>(log_cursor{asked.after, std::max(asked.after, last), false});
    if (asked.limit != 0) cursor->until = co_await end_of_page(log, asked, last);
    out.fields = cursor_fields(cursor->until, was_over && !j->is_active() && cursor->until >= last, log->missing());
    if (log->missing() == 0)  // as far as is known yet
      out.trailers = [log] { return log->missing() == 0 ? http::field_list() : http::field_list{{"Trawl-Missing", std::to_string(log->missing())}}; };
    out.blocks = blocks(lines(log, std::move(cursor), asked));
    co_return out;
  }

 private:
  /// The head goes out at once, also where the job is still queued and has no record.
  void follow(const registry::job_ptr& j, const wish& asked, answer& out) {
    auto cursor = std::make_shared<log_cursor>(log_cursor{asked.after, 0, true});
    const auto log = with_.jobs.results(j);
    out.trailers = [cursor, log, j] { return cursor_fields(cursor->seq, !j->is_active() && (cursor->seq >= log->synced_seq() || !log->poll(cursor->seq)), log->missing()); };
    auto text = blocks(lines(log, std::move(cursor), asked));
    out.blocks = with_heartbeat(std::move(text), with_.options.limits.heartbeat);
  }

  state& with_;
};

}  // namespace

void add_results(http::router& to, state& with) {
  auto api = std::make_shared<results_api>(with);  // shared by the copies of its handler
  to.add("GET", "/api/v1/jobs/{id}/results", {.handle = [api](const request& r) { return api->read(r); }, .parameters = {"after", "limit", "follow", "rows", "status", "error"}});
}

}  // namespace trawl::server::api
