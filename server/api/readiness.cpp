#include "server/api/readiness.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <system_error>

namespace trawl::server::api {

std::string state_of_directory(const std::filesystem::path& data) {
  const auto probe = data / (".ready-" + std::to_string(::getpid()));
  const int fd = ::open(probe.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return "can't be written: " + std::generic_category().message(errno);
  const bool is_written = ::write(fd, "x", 1) == 1;
  const int why = errno;
  ::close(fd);
  ::unlink(probe.c_str());
  if (!is_written) return "can't be written: " + std::generic_category().message(why);
  std::error_code ec;
  const auto space = std::filesystem::space(data, ec);
  if (ec) return "can't be looked at: " + ec.message();
  if (space.available < data_check::least_room) return "the disk is full: less than 64 MiB are free";
  return "ok";
}

asio::awaitable<std::string> data_check::look() {
  const auto now = std::chrono::steady_clock::now();
  if (!last_.empty() && now - at_ < kept) co_return last_;
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, kept);
  auto [order, failure, found, late] =
      co_await asio::experimental::make_parallel_group(asio::co_spawn(executor, workers_.run([data = data_] { return state_of_directory(data); }), asio::deferred), timer.async_wait(asio::deferred))
          .async_wait(asio::experimental::wait_for_one(asio::cancellation_type::terminal), asio::use_awaitable);
  last_ = failure || order[0] == 1 ? "did not answer within a second" : found;
  at_ = std::chrono::steady_clock::now();
  co_return last_;
}

}  // namespace trawl::server::api
