#include "bench/frontier_sim/simulation.hpp"

#include <boost/asio/co_spawn.hpp>
#include <stdexcept>

namespace trawl::bench {

using std::chrono::milliseconds;

namespace {

constexpr auto store_poll = milliseconds(5);
constexpr std::uint32_t latency_step_ms = 20;  // pages that end in the same step are one step of the time

/// While it lives, a store's answer is waited for.
struct asked {
  explicit asked(process& in) : in_(in) { ++in_.asking; }
  ~asked() { --in_.asking; }
  asked(const asked&) = delete;
  asked& operator=(const asked&) = delete;

 private:
  process& in_;
};

}  // namespace

job::job(process& in, web& of, job_shape shape) : process_(in), web_(of), shape_(std::move(shape)), ledger_(shape_.concurrency, 0) {
  const auto shards = static_cast<std::uint32_t>(in.gates.size());
  const auto executor = in.loop.get_executor();
  std::vector<std::vector<frontier::stored_host>> hosts(shards);
  if (shape_.state.empty()) {
    log_ = std::make_unique<frontier::memory_log>();
  } else {
    store_ = std::make_unique<frontier::store::job_store>(shape_.state, frontier::store::store_options{});
    store_->start(ledger_);
    for (auto& h : store_->hosts()) {
      const std::uint32_t owner = web_.shard_of(web::parse("https://" + h.first));
      hosts[owner].push_back(std::move(h));
    }
  }
  for (std::uint32_t at = 0; at < shards; ++at) {
    frontier::frontier_options options{.on_new_host = [this](frontier::host_gate& gate, const frontier::candidate&) { gate.join(shape_.delay, 1, this); }, .time = in.time};
    if (store_) {
      parts_.push_back(std::make_unique<frontier::durable_frontier>(executor, ledger_, in.gates[at], *store_, hosts[at], std::move(options)));
    } else {
      parts_.push_back(std::make_unique<frontier::memory_frontier>(executor, ledger_, in.gates[at], *log_, std::move(options)));
    }
  }
}

job::~job() {
  for (auto& gates : process_.gates) gates.leave(this);
}

void job::spawn(task t) {
  ++process_.tasks;
  asio::co_spawn(process_.loop, std::move(t), [this](const std::exception_ptr& failure) {
    --process_.tasks;
    if (failure) std::rethrow_exception(failure);
  });
}

job::task job::add_batches(std::shared_ptr<std::vector<frontier::candidate>> all, std::size_t first, std::size_t batch, std::size_t step) {
  for (std::size_t from = first; from < all->size(); from += step) {
    const asked waits(process_);
    const std::span<frontier::candidate> some(all->data() + from, std::min(batch, all->size() - from));
    co_await parts_[0]->add(some, std::nullopt);
  }
}

void job::add(std::vector<frontier::candidate> all, std::size_t batch, std::size_t at_once) {
  const auto shared = std::make_shared<std::vector<frontier::candidate>>(std::move(all));
  for (std::size_t i = 0; i < at_once; ++i) spawn(add_batches(shared, i * batch, batch, at_once * batch));
  run(process_, {this});
}

void job::start(bool with_links, std::function<bool()> enough) {
  const auto shared = std::make_shared<std::function<bool()>>(std::move(enough));
  for (std::uint32_t at = 0; at < parts_.size(); ++at) spawn(lease_pages(at, with_links, shared));
}

void job::crawl(bool with_links, std::function<bool()> enough) {
  start(with_links, std::move(enough));
  run(process_, {this});
}

job::task job::close_seeds() {
  const asked waits(process_);
  co_await parts_[0]->add({}, frontier::seed_cursor{0, true});
}

void job::end_seeds() { spawn(close_seeds()); }

job::task job::lease_pages(std::uint32_t shard, bool with_links, std::shared_ptr<std::function<bool()>> enough) {
  while (!(*enough)()) {
    auto held = co_await parts_[shard]->next();
    if (!held) break;
    if (on_lease) on_lease(*held);
    spawn(visit(shard, std::move(*held), with_links));
  }
}

job::task job::visit(std::uint32_t shard, frontier::lease held, bool with_links) {
  const auto spread = static_cast<std::uint32_t>((shape_.most_latency - shape_.least_latency) / milliseconds(latency_step_ms));
  co_await async::sleep_for(process_.time, shape_.least_latency + milliseconds(latency_step_ms) * web_.random(spread + 1));
  const page_name here = web::parse(held.req.url);
  frontier::completion done;
  done.record = web_.record(held.req.url);
  done.counts_as_page = true;
  if (with_links) done.links = links_of(shard, held, here);
  web_.finish(here);
  const asked waits(process_);
  co_await parts_[shard]->commit(held, std::move(done));
  if (log_) log_->trim(log_->synced_seq());
}

/// As the engine does: what the part knows by its fingerprint becomes no candidate.
void job::find_link(std::uint32_t shard, const frontier::lease& on, page_name to, std::vector<frontier::candidate>& out) {
  ++links_;
  if (parts_[shard]->is_known(web::fingerprint(to))) {
    ++cached_;
    return;
  }
  out.push_back(web_.candidate(to, on.req.depth + 1, on.req.url));
}

std::vector<frontier::candidate> job::links_of(std::uint32_t shard, const frontier::lease& on, page_name here) {
  const page_shape& shape = web_.shape();
  std::vector<frontier::candidate> out;
  for (std::uint32_t i = 0; i < shape.navigation; ++i) find_link(shard, on, web_.navigation(here.host), out);
  for (std::uint32_t i = 0; i < shape.known; ++i) find_link(shard, on, web_.known(), out);
  for (std::uint32_t i = 0; i < shape.fresh; ++i) find_link(shard, on, web_.fresh(), out);
  return out;
}

bool job::is_reading() const { return load().held > 0; }

void job::note_time(clock::duration passed) {
  const double seconds = std::chrono::duration<double>(passed).count();
  slots_.whole_s += seconds * shape_.concurrency;
  if (load().ready > 0) slots_.idle_s += seconds * static_cast<double>(shape_.concurrency - ledger_.in_flight());
}

frontier::books job::counts() const {
  frontier::books out;
  for (const auto& p : parts_) out += p->counts();
  return out;
}

frontier::host_load job::load() const {
  frontier::host_load out;
  for (const auto& p : parts_) {
    const frontier::host_load one = p->load();
    out.ready += one.ready, out.waiting += one.waiting, out.held += one.held, out.hosts += one.hosts, out.queued += one.queued, out.in_flight += one.in_flight;
  }
  return out;
}

void run(process& in, std::initializer_list<job*> jobs) {
  while (in.tasks > 0) {
    in.loop.restart();
    if (in.loop.poll() > 0) continue;
    const bool waits_for_store = in.asking > 0 || std::ranges::any_of(jobs, &job::is_reading);
    if (waits_for_store) {
      in.loop.run_one_for(store_poll);
      continue;
    }
    const auto due = in.time.next_due();
    if (due == clock::time_point::max()) throw std::logic_error("the simulated crawl waits for nothing");
    for (job* j : jobs) j->note_time(due - in.time.now());
    in.time.move_to(due);
  }
}

}  // namespace trawl::bench
