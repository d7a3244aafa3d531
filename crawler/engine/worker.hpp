// One job on one shard: leases URLs of the hosts that the shard owns, fetches, reads, commits. Everything here lives on the shard's
// thread; what the shards of a job share is in `job_context`.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <atomic>
#include <functional>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "crawler/async/gate.hpp"
#include "crawler/engine/crawl.hpp"
#include "crawler/engine/discovery/sitemap_reader.hpp"
#include "crawler/engine/login/login_session.hpp"
#include "crawler/engine/page.hpp"
#include "crawler/engine/plan.hpp"
#include "crawler/engine/robots_keeper.hpp"
#include "crawler/engine/seeds/reader.hpp"
#include "crawler/engine/shard.hpp"
#include "crawler/engine/shard_map.hpp"
#include "crawler/engine/shared_scope.hpp"
#include "crawler/engine/stats/host_views.hpp"
#include "crawler/fetch/stack.hpp"
#include "crawler/url/fingerprint.hpp"
#include "crawler/frontier/crash/crash_marks.hpp"
#include "crawler/frontier/scheduled_frontier.hpp"
#include "crawler/policy/traps/domain_budget.hpp"
#include "crawler/policy/traps/near_duplicates.hpp"

namespace trawl::engine {

namespace asio = boost::asio;

using frontier_maker = std::function<std::unique_ptr<frontier::frontier>(const asio::any_io_executor&, frontier::host_gates&, frontier::frontier_options)>;

/// What one worker asks for on behalf of another.
enum class aside : std::uint8_t {
  robots,  ///< a robots.txt, as anybody asks for it
  login,   ///< a hop of the login
};

/// What the shards of one job have in common; each member may be used by all of them at once. Outlives the workers.
struct job_context {
  const config::job& job;
  const crawl_options& options;
  frontier::ledger& books;
  /// The part of the job's frontier that belongs to the shard with this loop and these gates.
  frontier_maker make_frontier;
  scope_board& joined;
  policy::cookie_jar& cookies;
  login_session* login;        ///< null: the job logs in nowhere
  host_list& seed_hosts;       ///< hosts and ports that a trusted job's seeds name: they may be private
  asio::any_io_executor cpu;   ///< where long computations go
  async::clock& time;
  async::byte_account& bodies;  ///< fetch.memory
  async::address_slots& addresses;  ///< politeness.per_ip
  policy::domain_budget& domains;   ///< scope.traps
  std::function<void(std::string_view)> on_fatal;  ///< the results can't be kept, or no more are to be had: the job ends
  std::function<void(std::uint32_t shard, found_sitemap)> on_sitemap;  ///< for the worker that owns its host
  std::function<void()> on_login;  ///< a login has ended: all workers may go on
  /// Has the worker of shard `at` ask for something, for a coroutine on shard `from`.
  std::function<asio::awaitable<result<response>>(std::uint32_t at, std::uint32_t from, aside what, request asked)> ask_at;
  /// scope.duplicates: the URL whose record holds a body; `url`, if none did before.
  std::function<asio::awaitable<std::string>(std::uint64_t digest, std::string url)> claim_body;
  url::fingerprint_key key = url::fingerprint_key::of_process();  ///< of the job's fingerprints
  frontier::seed_cursor seeds_taken = {};  ///< by earlier runs of the same state
  frontier::crash_marks* marks = nullptr;  ///< what is being read; null without a state
  const std::map<std::string, std::uint64_t>* tallies = nullptr;  ///< of earlier runs; null without a state
  bool is_resumed = false;  ///< an earlier run has left something queued
  std::atomic<bool> takes_seeds{false};  ///< the job stays open for more
};

class worker {
 public:
  using task = asio::awaitable<void>;

  /// Made in the order of the shards, before anything runs. `where` outlives it.
  worker(const job_context& job, shard& where, std::size_t shards);
  /// On the shard's thread if it ever ran.
  ~worker();
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;

  /// Runs until nothing is left for this shard, or the job is stopped; everything it started has ended then.
  task run();
  /// Pulls the job's seeds as there is room for them, and names its sitemaps; on one shard only.
  void feed_seeds();
  /// More seeds, on the shard that feeds them.
  void take_seeds(std::vector<request> sent, std::function<void(seed_counts)> told);
  /// A sitemap of a host that this shard owns.
  void take_sitemap(found_sitemap found) { sitemaps_.take(std::move(found)); }
  /// Asks a host that this shard owns; `answer` is called on this shard's thread.
  void ask_for(aside what, request asked, std::move_only_function<void(result<response>)> answer);
  /// A login has ended: hosts that waited for it are looked at again.
  void go_on_after_login();
  /// No new leases; `abort`: what is in flight is cancelled too.
  void stop(bool abort);
  progress numbers();
  /// The busiest of its hosts.
  std::vector<host_view> hosts(std::size_t most) const;
  /// A host that is paused gets no new requests of this job; what it has queued keeps the job open.
  void pause_host(const std::string& host, bool on);
  frontier::idle why_idle() const noexcept { return frontier_->why_idle(); }

 private:
  task seed_the_frontier();
  task pull_seeds();
  task add_sent(std::vector<request> sent, std::function<void(seed_counts)> told);
  task visit(frontier::lease held);
  task fetch_and_record(const frontier::lease& held);
  task record_refusal(const frontier::lease& held);
  task record_failure(const frontier::lease& held, error why, attempt_state state);
  task record_answer(const frontier::lease& held, response answer, attempt_state state);
  /// How a lease's end is booked; see frontier::completion.
  struct fate {
    bool counts_as_page = false, keeps_claims = false, output = true;
    frontier::revisit_note seen = {};
  };
  task commit(const frontier::lease& held, record out, page_result page, fate how);
  std::uint64_t print_of(const request& r) const { return url::fingerprint(context_.key, r.url, r.method, r.body); }
  bool is_quarantined(const request& r) const;
  page_result read_marked(const response& answer, const page_plan& plan, bool wants_print, record& out) const;
  asio::awaitable<page_result> read(const response& answer, const page_plan& plan, record& out);
  asio::awaitable<fetch::hop_answer> decide_hop(fetch::hop hop);
  static std::optional<fetch::hop_verdict> refused_by_robots(const frontier::admission& robots);
  asio::awaitable<bool> is_duplicate(const frontier::lease& held, const response& answer, record& out, std::uint64_t& digest);
  std::string_view trap_of(const url::url& target) const;
  void count_found(const frontier::candidate& c);
  std::string_view rule_against_queued(const request& r);
  void watch_for_traps(const record& out, const page_result& page);
  bool may_hop_to(const request& asked, const url::url& target);
  record start_record(const frontier::lease& held, const attempt_state& state) const;

  side_fetch asking(const fetch::fetch_fn& fetch);
  asio::awaitable<result<response>> ask_owner(std::string address);
  task ask_and_tell(aside what, request asked, std::move_only_function<void(result<response>)> answer);
  asio::awaitable<result<response>> ask_owner_for(aside what, request asked);
  const side_fetch& asking_for(aside what) const noexcept { return what == aside::robots ? robots_asking_ : login_asking_; }

  std::optional<frontier::admission> held_by_login(const std::string& host);
  task log_in();
  asio::awaitable<result<url::url>> try_to_log_in();
  asio::awaitable<result<fetch::outcome>> ask_for_login(request asked);
  fetch::login_watch watching();
  asio::awaitable<bool> shows_login(const request& asked, const response& answer);
  sitemap_surroundings around_sitemaps();
  void name_sitemaps();
  void name_sitemaps_of(const url::url& target);
  void pass_on(found_sitemap found);
  task add_entries(std::vector<request> entries);
  frontier::admission admit(const request& r, const std::string& host);
  frontier::admission ask_robots(const url::url& target);
  std::optional<frontier::candidate> to_candidate(request r, bool is_seed);
  void add_candidate(std::vector<frontier::candidate>& out, const record& page, const std::string& url, std::uint32_t depth);
  std::vector<frontier::candidate> to_candidates(const record& page, page_result& found);
  void filtered(std::string_view rule, const std::string& url, const std::string& parent);
  void note_filtered(std::string_view rule, const std::string& url, const std::string& parent);
  void note_record(const record& out, const page_result& page);
  void tally_host(const std::string& host, const record& out);
  std::vector<std::pair<std::string, std::uint64_t>> tallies_of(const record& out, const page_result& page);
  pace paced_by() const;
  std::uint32_t shard_of(const std::string& host);
  bool is_over() const noexcept;
  bool wants_seeds() const noexcept;
  bool revisits() const noexcept;
  bool only_given_up_left() const noexcept;
  fetch::reach reach() const;
  void open_gate(frontier::host_gate& gate, std::string_view host) const;

  const job_context& context_;
  const config::job& job_;
  shard& shard_;
  std::vector<job_problem> problems_;
  job_plan plan_;
  shared_scope scope_;
  policy::trap_sample trap_watch_;
  policy::near_duplicates near_duplicates_;
  shard_map owners_;
  async::gate tasks_;   ///< visits and seeds
  async::gate asides_;  ///< robots.txt and sitemaps: they hold no lease, and end with the last one
  std::unique_ptr<frontier::frontier> frontier_;
  fetch::stack fetch_;
  side_fetch robots_asking_, login_asking_;
  std::unordered_set<std::string> held_hosts_;  ///< that wait for the login
  robots_keeper robots_;
  sitemap_reader sitemaps_;
  bool wants_named_sitemaps_;  ///< those that robots.txt names
  std::unordered_set<std::string> named_;  ///< origins whose robots.txt has been looked at for them
  std::string agent_;
  std::unordered_map<std::uint64_t, const frontier::lease*> leases_;  ///< that are being fetched; for the hop policy
  std::optional<seed_reader> seeds_;  ///< on the shard that feeds them
  struct host_tally {
    std::uint64_t fetched = 0, failed = 0;
    std::string_view last_error;
  };
  std::unordered_map<std::string, host_tally> host_tallies_;
  std::unordered_set<std::string> paused_hosts_;
  bool has_run_ = false;
  std::uint64_t committing_ = 0;  ///< records that wait for the log to take them
  std::vector<std::string> joined_;  ///< URLs that have joined the scope since the last commit
  std::map<std::string, std::uint64_t> filtered_;  ///< by rule, since the last commit
  progress now_;
};

}  // namespace trawl::engine
