// The stored jobs: those that came by the API and those of jobs.dir, in the register, and the loop that runs them when they are due.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "crawler/async/gate.hpp"
#include "server/jobs/registry.hpp"
#include "server/offload.hpp"
#include "server/options.hpp"
#include "server/schedule/job_directory.hpp"
#include "server/schedule/stored_job.hpp"

namespace trawl::server {

/// Loop's thread only. What it is made of outlives it. Calls that write throw std::system_error where the disk refuses; then nothing has
/// changed.
class named_jobs {
 public:
  using stored_ptr = std::shared_ptr<stored_job>;  // shared: see `stored_job::from_row`

  named_jobs(asio::io_context& loop, helper_threads& helpers, registry& jobs, const server_options& options);

  /// Takes up what an earlier run of the service has stored. Before anything else; blocking.
  void take_over();
  /// From now on jobs run when they are due, until `stop`.
  void begin() { tasks_.spawn(watch()); }
  asio::awaitable<void> stop();

  const std::map<std::string, stored_ptr>& all() const noexcept { return stored_; }
  stored_ptr find(const std::string& name) const;
  bool is_active(const stored_job& s) const;

  /// A document that is to be stored.
  struct document {
    std::string name, text;
    body_format format = body_format::json;
    std::string owner;
    bool sees_all = false;                   ///< may replace what another one has stored
    std::optional<std::uint64_t> if_version; ///< only in place of this one; 0: of any one
    bool only_new = false;                   ///< only where there is none
  };
  enum class stored : std::uint8_t {
    made,
    replaced,
    refused,   ///< it can't run here: `wrong` says why
    foreign,   ///< the name is another token's
    of_file,   ///< the name is that of a file in jobs.dir
    changed,   ///< another one stands there than was thought
    full,      ///< no room for more
  };
  struct storing {
    stored is = stored::refused;
    submission wrong;
    stored_ptr job;
  };
  asio::awaitable<storing> put(document what);
  /// Its runs stay. Not for those of files.
  asio::awaitable<void> erase(stored_ptr s);
  /// As it was stored, secrets hidden, as JSON. `wrong` says why it can't be read.
  asio::awaitable<std::string> shown(stored_ptr s);

  enum class begun : std::uint8_t {
    started,
    refused,   ///< it can't run (any more): `wrong` says why
    full,      ///< no room for one more job
    active,    ///< it is to go on with a state that is in use
    gone,      ///< removed meanwhile
  };
  struct running {
    begun is = begun::refused;
    submission wrong;
    registry::job_ptr job;
  };
  /// A run now. `overrides`: a JSON object over its document, or empty; `with`: what is kept with the job, its idempotency row. A run with
  /// overrides is always a fresh job, whose state no later one takes up.
  asio::awaitable<running> run(stored_ptr s, std::string overrides, newcomer with);

 private:
  /// One at a time changes a stored job.
  class hold {
   public:
    hold(named_jobs& in, std::string name) : in_(in), name_(std::move(name)) { in_.held_.insert(name_); }
    ~hold() { in_.held_.erase(name_); }
    hold(const hold&) = delete;
    hold& operator=(const hold&) = delete;

   private:
    named_jobs& in_;
    std::string name_;
  };
  asio::awaitable<void> wait_for(std::string name);

  /// What a run is made of.
  struct made {
    submission read;
    std::string text;
    body_format format = body_format::json;
  };
  asio::awaitable<made> make(stored_ptr s, std::string overrides);
  asio::awaitable<running> start(stored_ptr s, std::string overrides, newcomer with, std::optional<stored_job::time> due);
  asio::awaitable<void> keep(stored_ptr s);
  bool has_room_for(const document& what, const stored_ptr& before) const;
  void need_states();

  // Running by schedule: schedule_runs.cpp
  asio::awaitable<void> watch();
  asio::awaitable<void> take_turn(stored_ptr s);
  asio::awaitable<void> run_due(stored_ptr s, std::optional<stored_job::time> next);
  asio::awaitable<void> look_into_directory();
  asio::awaitable<void> take_file(job_file file);
  asio::awaitable<void> forget_file(std::string path);
  stored_job::time now() const { return options_.clock ? options_.clock() : std::chrono::system_clock::now(); }

  asio::io_context& loop_;
  helper_threads& helpers_;
  registry& jobs_;
  const server_options& options_;
  std::optional<job_directory> directory_;
  async::gate tasks_;
  asio::steady_timer news_;  ///< cancelled when it stops
  std::map<std::string, stored_ptr> stored_;
  std::set<std::string> held_;
  std::uint64_t last_version_ = 0;
  bool stopping_ = false;
};

}  // namespace trawl::server
