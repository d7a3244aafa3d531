// trawl-test-site [--port N] [--port-file FILE]: serves the sample site on 127.0.0.1 until SIGTERM or SIGINT.
#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string_view>

#include "tests/site/sample_site.hpp"

int main(int argc, char** argv) {
  int port = 8099;
  const char* port_file = nullptr;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view flag = argv[i];
    if (i + 1 == argc || (flag != "--port" && flag != "--port-file")) {
      fmt::print(stderr, "usage: trawl-test-site [--port N] [--port-file FILE]; found '{}'\n", flag);
      return 2;
    }
    if (flag == "--port") port = std::atoi(argv[i + 1]);
    if (flag == "--port-file") port_file = argv[i + 1];
  }
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  const trawl::site::sample_site site;
  const trawl::site::server server([&](const trawl::site::seen_request& r) { return site.answer(r); }, static_cast<std::uint16_t>(port));
  fmt::print(stderr, "serving the sample site on {}\n", server.url("/"));
  if (port_file != nullptr) std::ofstream(port_file) << server.port() << '\n';
  int signal = 0;
  sigwait(&ends, &signal);
  return 0;
}
