#include "server/commands/serve.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <future>

#include "server/auth.hpp"
#include "server/console.hpp"
#include "server/descriptors.hpp"
#include "server/service.hpp"

namespace trawl::server {
namespace {

/// To stderr, also where nobody reads it any more: a closed pipe must not end the service.
void say(const std::string& line) { std::fputs(("trawl: " + line + "\n").c_str(), stderr); }

}  // namespace

int serve_command(const server_options& options) {
  namespace asio = boost::asio;
  std::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
  asio::io_context loop(1);
  asio::signal_set signals(loop, SIGINT, SIGTERM);  // before anything has begun: none is missed
  asio::signal_set reload(loop, SIGHUP);
  std::unique_ptr<service> running;
  try {
    running = std::make_unique<service>(options);
  } catch (const std::exception& e) {
    say(e.what());
    say("nothing was started");
    return 2;
  }
  if (const auto token = running->new_token(); !token.empty())
    say("no token was configured, so one was made for this address: it stands in " + token.string() + ", and `trawl token` prints it");
  say("serving on " + running->address());

  std::future<void> stopped;
  const std::function<void()> await_reload = [&] {
    reload.async_wait([&](boost::system::error_code ec, int) {
      if (ec) return;
      running->reload();
      await_reload();
    });
  };
  await_reload();
  signals.async_wait([&](boost::system::error_code ec, int) {
    if (ec) return;
    reload.cancel();
    say("stopping; a second signal ends it at once");
    signals.async_wait([](boost::system::error_code again, int) {
      if (!again) std::_Exit(1);
    });
    stopped = std::async(std::launch::async, [&] {
      running->stop();
      asio::post(loop, [&] { signals.cancel(); });
    });
  });
  loop.run();
  stopped.get();
  return 0;
}

int token_command(const server_options& options) {
  if (!options.tokens.empty()) {
    say("the server file names its tokens under auth.tokens; the service makes none of its own");
    return 2;
  }
  try {
    bool made = false;
    const token_source own = own_token(options.data, made);
    std::ifstream in(own.file);
    std::string token;
    if (!in || !std::getline(in, token)) {
      say("no token can be read from " + own.file.string());
      return 2;
    }
    if (made) say("made a token in " + own.file.string());
    answer("{}\n", token);
    return 0;
  } catch (const std::exception& e) {
    say(e.what());
    return 2;
  }
}

}  // namespace trawl::server
