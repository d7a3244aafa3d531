#include "server/client/result_reader.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>

#include "crawler/url/url.hpp"

namespace trawl::server::client {
namespace {

namespace asio = boost::asio;
using clock = retry_pace::clock;

/// Stops at the key seq, which stands near the front of a record; what can be large stands behind it.
class seq_finder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::optional<std::uint64_t> seq;

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return !is_next_; }
  bool number_unsigned(number_unsigned_t v) override {
    if (is_next_) seq = v;
    return !is_next_;
  }
  bool number_float(number_float_t, const string_t&) override { return !is_next_; }
  bool string(string_t&) override { return !is_next_; }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return depth_++ < 32; }
  bool end_object() override { return --depth_ > 0; }
  bool start_array(std::size_t) override { return depth_++ < 32; }
  bool end_array() override { return --depth_ > 0; }
  bool key(string_t& name) override {
    is_next_ = depth_ == 1 && name == "seq";
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  int depth_ = 0;
  bool is_next_ = false;
};

std::optional<std::uint64_t> number_in(const std::optional<std::string>& text) {
  std::uint64_t out = 0;
  if (!text) return std::nullopt;
  const auto [end, wrong] = std::from_chars(text->data(), text->data() + text->size(), out);
  return wrong == std::errc() && end == text->data() + text->size() ? std::optional(out) : std::nullopt;
}

}  // namespace

std::string line_splitter::add(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    if (end == std::string_view::npos) {
      rest_ += bytes;
      break;
    }
    if (const std::string_view line = bytes.substr(0, end + 1); !rest_.empty() || line.size() > 1) {
      out += rest_;
      out += line;
    }
    rest_.clear();
    bytes.remove_prefix(end + 1);
  }
  return out;
}

std::optional<std::uint64_t> seq_of(std::string_view line) {
  seq_finder finder;
  nlohmann::json::sax_parse(line, &finder);
  return finder.seq;
}

result_reader::result_reader(const api_client& client, result_wish wish, std::chrono::nanoseconds patience, std::function<void(const failure&)> on_break)
    : client_(client), wish_(std::move(wish)), on_break_(std::move(on_break)), pace_(patience, clock::now()), patience_(patience) {}

std::string result_reader::target() const {
  std::string out = job_target(wish_.id, "/results?after=" + std::to_string(wish_.after));
  if (wish_.follows) out += "&follow=true";
  else if (wish_.limit != 0) out += "&limit=" + std::to_string(wish_.limit - handed_out_);
  for (const auto& [name, value] : {std::pair("status", &wish_.status), std::pair("error", &wish_.error), std::pair("rows", &wish_.rows)})
    if (!value->empty()) out += std::string("&") + name + "=" + url::form_encode(*value);
  return out;
}

asio::awaitable<outcome<void>> result_reader::open() {
  auto opened = co_await client_.open({"GET", target(), ""});
  if (!opened) co_return std::unexpected(std::move(opened.error()));
  open_.emplace(std::move(*opened));
  splitter_.forget();
  if (!std::exchange(has_answered_, true)) pace_ = retry_pace(patience_, clock::now());
  pace_.succeeded(clock::now());
  co_return outcome<void>();
}

/// Lines of the open answer; empty: its end.
asio::awaitable<outcome<std::string>> result_reader::lines() {
  for (;;) {
    auto block = co_await open_->next_block();
    if (!block) co_return std::unexpected(std::move(block.error()));
    if (!*block) co_return std::string();
    pace_.succeeded(clock::now());
    is_broken_ = false;
    std::string whole = splitter_.add(**block);
    if (splitter_.is_too_long()) co_return std::unexpected(failure{failure::kind::malformed, "a record is longer than 256 MiB"});
    if (!whole.empty()) co_return whole;
  }
}

/// Lines are the reader's from here on: the cursor stands behind the last of them.
std::string result_reader::taken(std::string whole) {
  auto count = static_cast<std::uint64_t>(std::ranges::count(whole, '\n'));
  if (wish_.limit != 0 && handed_out_ + count >= wish_.limit) {  // a follower has the limit to itself: the service knows no such call
    std::size_t end = 0;
    for (count = wish_.limit - handed_out_; count > 0; --count) end = whole.find('\n', end) + 1;
    whole.resize(end);
    count = wish_.limit - handed_out_;
    is_over_ = true;
  }
  handed_out_ += count;
  const std::size_t before = whole.size() < 2 ? std::string::npos : whole.rfind('\n', whole.size() - 2);
  const auto seq = seq_of(std::string_view(whole).substr(before == std::string::npos ? 0 : before + 1));
  has_cursor_ = seq.has_value();
  wish_.after = std::max(wish_.after, seq.value_or(0));
  return whole;
}

/// The end of an answer says where it stands, in its head or behind a followed stream.
void result_reader::read_cursor() {
  const std::uint64_t next = number_in(open_->field("Trawl-Next")).value_or(wish_.after);
  const bool has_moved = next > wish_.after;
  is_complete_ = open_->field("Trawl-Complete") == "true";
  missing_ = number_in(open_->field("Trawl-Missing")).value_or(0);
  wish_.after = std::max(wish_.after, next);
  // A page may hold less than was asked for, where a filter looked at many records; a followed stream ends early when the service stops.
  is_over_ = is_complete_ || (!wish_.follows && (wish_.limit == 0 || !has_moved));
  open_.reset();
}

asio::awaitable<outcome<void>> result_reader::recover(failure why) {
  open_.reset();
  const bool is_lost_place = !has_cursor_ && handed_out_ > 0;
  const auto wait = has_answered_ && why.may_pass() && !is_lost_place ? pace_.after_failure(clock::now()) : std::nullopt;
  if (!wait) co_return std::unexpected(std::move(why));
  if (!std::exchange(is_broken_, true) && on_break_) on_break_(why);
  asio::steady_timer timer(client_.executor(), *wait);
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return outcome<void>();
}

asio::awaitable<outcome<std::optional<std::string>>> result_reader::next() {
  while (!is_over_) {
    outcome<void> well;
    if (!open_) well = co_await open();
    outcome<std::string> got;
    if (well) got = co_await lines();
    else got = std::unexpected(std::move(well.error()));
    if (got && !got->empty()) co_return std::optional(taken(std::move(*got)));
    if (got) {
      read_cursor();
      if (!is_over_ && wish_.follows) got = std::unexpected(failure{failure::kind::lost, client_.address().url() + ": the service ended the stream before the job was over"});
    }
    if (got) continue;
    auto recovered = co_await recover(std::move(got.error()));
    if (!recovered) co_return std::unexpected(std::move(recovered.error()));
  }
  co_return std::optional<std::string>();
}

}  // namespace trawl::server::client
