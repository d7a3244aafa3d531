// Whole crawls from the command line, against a server in this process.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "tests/cli/process.hpp"
#include "tests/site/server.hpp"

namespace trawl::cli {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// A chain of pages without end, each with a link to the next and one that leads away.
class endless_site {
 public:
  endless_site()
      : server_([this](const site::seen_request& r) {
          ++asked_;
          if (r.target == "/robots.txt") return site::page("", 404);
          const int here = std::atoi(r.target.c_str() + 1);
          return site::page("<title>page " + std::to_string(here) + "</title><a href='/" + std::to_string(here + 1) +
                            "'>on</a><a href='http://elsewhere.test/'>away</a>");
        }) {}
  std::string url(const std::string& target = "/1") const { return server_.url(target); }
  std::size_t count(const std::string& target) const { return server_.count(target); }
  std::size_t requests() const { return asked_; }

 private:
  std::atomic<std::size_t> asked_{0};
  site::server server_;
};

/// Takes connections and never answers.
class silent_server {
 public:
  silent_server() : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(fd_, reinterpret_cast<const sockaddr*>(&at), sizeof at);
    listen(fd_, 16);
    socklen_t length = sizeof at;
    getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &length);
    port_ = ntohs(at.sin_port);
  }
  ~silent_server() { close(fd_); }
  silent_server(const silent_server&) = delete;
  silent_server& operator=(const silent_server&) = delete;
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }
  /// Somebody has connected.
  bool is_asked() const {
    pollfd door{fd_, POLLIN, 0};
    return poll(&door, 1, 5000) == 1;
  }

 private:
  int fd_, port_ = 0;
};

TEST(Crawl, RecordsGoToStdoutAndAllElseToStderr) {
  const scratch s;
  const endless_site site;
  const auto got = trawl({"crawl", site.url(), "--max-pages", "3", "--delay", "0s"}, s);
  EXPECT_EQ(got.code, 0) << got.err;
  ASSERT_EQ(lines(got.out).size(), 3U);
  std::uint64_t seq = 0;
  for (const std::string& line : lines(got.out)) EXPECT_EQ(json::parse(line)["seq"], ++seq);
  EXPECT_THAT(got.err, AllOf(HasSubstr("max_pages after"), HasSubstr("status 200"), HasSubstr("= 3 recorded + 1 queued + 0 in flight"),
                             HasSubstr("filtered: scope.within"), HasSubstr("http://elsewhere.test/")));
}

TEST(Crawl, QuietSaysNothing) {
  const scratch s;
  const endless_site site;
  EXPECT_EQ(trawl({"crawl", site.url(), "--max-pages", "2", "--delay", "0s", "-q"}, s).err, "");
}

TEST(Crawl, SummaryAndRejectedAreJson) {
  const scratch s;
  const endless_site site;
  const auto got = trawl({"crawl", site.url(), "--depth", "1", "--delay", "0s", "-o", "out.ndjson", "--summary", "s.json", "--rejected", "r.ndjson"}, s);
  EXPECT_EQ(got.code, 0) << got.err;
  EXPECT_EQ(got.out, "");
  EXPECT_EQ(lines(s.read("out.ndjson")).size(), 2U);
  const json summary = json::parse(s.read("s.json"));
  EXPECT_EQ(summary["ended"], "drained");
  EXPECT_EQ(summary["counts"]["recorded"], 2);
  EXPECT_EQ(summary["statuses"]["200"], 2);
  ASSERT_FALSE(lines(s.read("r.ndjson")).empty());
  const json rejected = json::parse(lines(s.read("r.ndjson")).front());
  EXPECT_EQ(rejected["url"], "http://elsewhere.test/");
  EXPECT_EQ(rejected["parent"], site.url());
  EXPECT_EQ(rejected["rule"], "scope.within");
}

TEST(Crawl, OverwriteReplacesAndAppendAdds) {
  const scratch s;
  const endless_site site;
  const std::vector<std::string> one = {"crawl", site.url(), "--depth", "0", "-o", "out.ndjson"};
  const auto with = [&](const std::string& flag) {
    auto all = one;
    all.push_back(flag);
    return trawl(all, s).code;
  };
  s.write("out.ndjson", "no line end");
  EXPECT_EQ(with("--append"), 0);
  EXPECT_EQ(lines(s.read("out.ndjson")).front(), "no line end");
  EXPECT_EQ(lines(s.read("out.ndjson")).size(), 2U);
  EXPECT_EQ(with("--append"), 0);
  EXPECT_EQ(lines(s.read("out.ndjson")).size(), 3U);
  EXPECT_EQ(with("--overwrite"), 0);
  EXPECT_EQ(lines(s.read("out.ndjson")).size(), 1U);
}

TEST(Crawl, ListIsFetchedAndNotFollowed) {
  const scratch s;
  const endless_site site;
  const std::string list = "# two\n" + site.url("/5") + "\n\n" + site.url("/8") + "\n";
  s.write("urls.txt", list);
  for (const auto& [file, in] : {std::pair<std::string, std::string>("urls.txt", ""), {"-", list}}) {
    const auto got = trawl({"crawl", "-i", file, "--delay", "0s", "-q", "--set", "fetch.private_addresses=allow"}, s, in);
    EXPECT_EQ(got.code, 0);
    EXPECT_EQ(lines(got.out).size(), 2U);
  }
  s.write("job.yaml", "seeds: [http://192.0.2.1/]\npoliteness: {delay: 0s}\nfetch: {private_addresses: allow}\nextract: {links: true}\n");
  const auto got = trawl({"crawl", "job.yaml", "-i", "urls.txt", "-q"}, s);
  ASSERT_EQ(lines(got.out).size(), 2U);  // the list in place of the job's seeds, under the job's settings
  EXPECT_TRUE(json::parse(lines(got.out).front()).contains("links"));
}

TEST(Crawl, ExtractsWhatIsAsked) {
  const scratch s;
  const endless_site site;
  const auto got = trawl({"crawl", "-x", "links,html", site.url(), "--depth", "0", "-q"}, s);
  const json record = json::parse(lines(got.out).at(0));
  EXPECT_EQ(record["links"].size(), 2U);
  EXPECT_THAT(record["html"].get<std::string>(), HasSubstr("page 1"));
}

TEST(Crawl, UnreachableSeedsAreRecordsAndExitOne) {
  const scratch s;
  const auto got = trawl({"crawl", "http://127.0.0.1:1/", "--set", "fetch.retries=0", "--set", "politeness.robots=ignore"}, s);
  EXPECT_EQ(got.code, 1);
  ASSERT_EQ(lines(got.out).size(), 1U);
  EXPECT_EQ(json::parse(got.out)["error"]["code"].get<std::string>().substr(0, 8), "connect.");
  EXPECT_THAT(got.err, HasSubstr("expect.pages"));
}

TEST(Crawl, AnonymousCrawlOfPublicHostsIsWarnedOf) {
  const scratch s;
  const std::vector<std::string> one = {"crawl", "http://nothing.example/", "--set", "fetch.resolve.\"nothing.example\"=127.0.0.1",
                                        "--set", "fetch.retries=0",         "--set", "politeness.robots=ignore"};
  EXPECT_THAT(trawl(one, s).err, HasSubstr("set politeness.contact"));
  auto named = one;
  named.insert(named.end(), {"--set", "politeness.contact=mailto:a@b.example"});
  EXPECT_THAT(trawl(named, s).err, Not(HasSubstr("set politeness.contact")));
}

TEST(Crawl, DryRunFetchesNothingAndIsAJobFile) {
  const scratch s;
  const endless_site site;
  s.write("job.yaml", "seeds: [\"" + site.url("/{1..50}") + "\"]\nfetch: {headers: {X-Key: hunter2}}\n");
  const auto got = trawl({"crawl", "job.yaml", "--depth", "3", "--dry-run", "-o", "out.ndjson"}, s);
  EXPECT_EQ(got.code, 0) << got.err;
  EXPECT_THAT(got.out, AllOf(HasSubstr("max_depth: 3"), HasSubstr("from the outside:\n#   redirects"), HasSubstr(site.url("/10")), Not(HasSubstr(site.url("/11"))),
                             Not(HasSubstr("hunter2")), HasSubstr("\"***\"")));
  EXPECT_EQ(site.count("/1"), 0U);
  EXPECT_FALSE(std::filesystem::exists(s.path("out.ndjson")));
  s.write("again.yaml", got.out);
  EXPECT_EQ(trawl({"validate", "again.yaml"}, s).code, 0);
}

TEST(Crawl, LogsAreJsonWhereAsked) {
  const scratch s;
  const endless_site site;
  const auto got = trawl({"crawl", site.url() + "{a}", "--depth", "0", "-o", "o.ndjson", "--log-file", "log", "--log-format", "json"}, s);
  EXPECT_THAT(got.err, Not(HasSubstr("its braces are neither")));
  const json line = json::parse(lines(s.read("log")).at(0));
  EXPECT_EQ(line["level"], "warning");
  EXPECT_THAT(line["message"].get<std::string>(), HasSubstr("its braces are neither"));
}

TEST(Crawl, ReaderThatHasEnoughEndsItQuietly) {
  const scratch s;
  const endless_site site;
  process p({"crawl", site.url(), "--delay", "0s", "--no-progress"}, s.dir());
  ASSERT_TRUE(p.read_until([](const outcome& o) { return o.out.find('\n') != std::string::npos; }));
  p.close_out();
  const auto got = p.wait();
  EXPECT_EQ(got.code, 0) << got.err;
  EXPECT_EQ(got.err, "");
}

TEST(Crawl, FullDiskIsSaidAndEndsIt) {
  const scratch s;
  const endless_site site;
  const auto to_file = trawl({"crawl", site.url(), "--delay", "0s", "-o", "/dev/full"}, s);
  EXPECT_EQ(to_file.code, 1);
  EXPECT_THAT(to_file.err, HasSubstr("/dev/full can't be written: No space left on device"));
  process p({"crawl", site.url(), "--delay", "0s"}, s.dir(), "", "/dev/full");
  const auto to_stdout = p.wait();
  EXPECT_EQ(to_stdout.code, 1);
  EXPECT_THAT(to_stdout.err, HasSubstr("stdout can't be written: No space left on device"));
  const auto summary = trawl({"crawl", site.url(), "--depth", "0", "-q", "--summary", "/dev/full"}, s);
  EXPECT_EQ(summary.code, 1);
  EXPECT_THAT(summary.err, HasSubstr("/dev/full can't be written"));
}

TEST(Crawl, InterruptDrainsAndSaysSo) {
  const scratch s;
  const endless_site site;
  process p({"crawl", site.url(), "--delay", "20ms"}, s.dir());
  ASSERT_TRUE(p.read_until([](const outcome& o) { return o.out.find('\n') != std::string::npos; }));
  p.signal(SIGINT);
  const auto got = p.wait(std::chrono::seconds(5));
  EXPECT_EQ(got.code, 1);
  EXPECT_THAT(got.err, AllOf(HasSubstr("interrupted: finishing what is in flight"), HasSubstr("cancelled after")));
  for (const std::string& line : lines(got.out)) EXPECT_TRUE(json::accept(line)) << line;
}

TEST(Crawl, SecondInterruptEndsItAtOnce) {
  const scratch s;
  const silent_server silent;
  process p({"crawl", silent.url(), "-v"}, s.dir());
  ASSERT_TRUE(silent.is_asked());
  p.signal(SIGTERM);
  ASSERT_TRUE(p.read_until([](const outcome& o) { return o.err.find("interrupted") != std::string::npos; }));
  p.signal(SIGTERM);
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(p.wait(std::chrono::seconds(8)).code, 1);
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(3));
}

/// A crawl whose output fills the pipe, as nobody reads it.
process blocked_crawl(const endless_site& site, const scratch& s) {
  process p({"crawl", site.url(), "--delay", "0s", "-x", "html", "--set", "extract.headers=true"}, s.dir());
  while (site.requests() < 400) usleep(5000);  // more than the pipe (64 KiB) holds of their records
  return p;
}

TEST(Crawl, InterruptWaitsForASlowReader) {
  const scratch s;
  const endless_site site;
  process p = blocked_crawl(site, s);
  p.signal(SIGINT);
  usleep(300'000);
  const auto got = p.wait();
  EXPECT_EQ(got.code, 1);
  std::uint64_t seq = 0;
  for (const std::string& line : lines(got.out)) ASSERT_EQ(json::parse(line)["seq"], ++seq);
  EXPECT_THAT(got.err, HasSubstr(" = " + [](std::string n) { return n.size() > 3 ? n.insert(n.size() - 3, ",") : n; }(std::to_string(seq)) + " recorded"));
}

TEST(Crawl, SecondInterruptWithABlockedReaderLeavesWholeLines) {
  const scratch s;
  const endless_site site;
  process p = blocked_crawl(site, s);
  p.signal(SIGINT);
  ASSERT_TRUE(p.read_error_until("interrupted"));
  p.signal(SIGINT);
  ASSERT_TRUE(p.read_error_until("lines are missing from it"));
  const auto got = p.wait(std::chrono::seconds(5));
  EXPECT_EQ(got.code, 1);
  ASSERT_TRUE(got.out.ends_with('\n'));
  for (const std::string& line : lines(got.out)) EXPECT_TRUE(json::accept(line)) << line;
}

/// A named pipe that seeds come through; we hold its writing end.
class seed_pipe {
 public:
  explicit seed_pipe(const scratch& s) {
    mkfifo(s.path("seeds").c_str(), 0600);
    fd_ = open(s.path("seeds").c_str(), O_RDWR | O_CLOEXEC);
  }
  ~seed_pipe() { end(); }
  seed_pipe(const seed_pipe&) = delete;
  seed_pipe& operator=(const seed_pipe&) = delete;
  void say(const std::string& line) const { EXPECT_EQ(write(fd_, line.data(), line.size()), static_cast<ssize_t>(line.size())); }
  void end() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

TEST(Crawl, SeedsOfAPipeAreFetchedAsTheyCome) {
  const scratch s;
  const endless_site site;
  seed_pipe seeds(s);
  process p({"crawl", "-i", "seeds", "--delay", "0s", "--set", "fetch.private_addresses=allow"}, s.dir());
  seeds.say(site.url("/1") + "\n");
  ASSERT_TRUE(p.read_until([](const outcome& o) { return lines(o.out).size() == 1; }));
  seeds.say(site.url("/2") + "\n" + site.url("/3") + "\n");
  ASSERT_TRUE(p.read_until([](const outcome& o) { return lines(o.out).size() == 3; }));
  seeds.end();
  EXPECT_EQ(p.wait(std::chrono::seconds(5)).code, 0);
}

TEST(Crawl, InterruptAndLimitsDoNotWaitForMoreSeeds) {
  const scratch s;
  const endless_site site;
  seed_pipe seeds(s);
  process p({"crawl", "-i", "seeds", "--delay", "0s", "--set", "fetch.private_addresses=allow"}, s.dir());
  seeds.say(site.url("/1") + "\n");
  ASSERT_TRUE(p.read_until([](const outcome& o) { return lines(o.out).size() == 1; }));
  p.signal(SIGINT);
  EXPECT_THAT(p.wait(std::chrono::seconds(5)).err, HasSubstr("cancelled after"));
  process limited({"crawl", "-i", "seeds", "--delay", "0s", "--max-pages", "1", "--set", "fetch.private_addresses=allow"}, s.dir());
  seeds.say(site.url("/1") + "\n" + site.url("/2") + "\n");
  EXPECT_EQ(limited.wait(std::chrono::seconds(5)).code, 0);
}

TEST(Crawl, ClosedStdinEndsAtOnce) {
  const scratch s;
  const std::string all = "cd '" + s.dir().string() + "' && timeout 10 " TRAWL_BINARY " crawl -i - <&- 2>err";
  const int status = std::system(all.c_str());
  EXPECT_EQ(WEXITSTATUS(status), 1);  // nothing was fetched: expect.pages
  EXPECT_THAT(s.read("err"), HasSubstr("drained after"));
}

TEST(Crawl, BracesThatDoNotExpandAreWarnedOf) {
  const scratch s;
  const endless_site site;
  EXPECT_THAT(trawl({"crawl", site.url("/{1..x}"), "--depth", "0"}, s).err, HasSubstr("neither a range such as {1..50} nor a list"));
  EXPECT_THAT(trawl({"crawl", site.url("/{1..2}"), "--depth", "0"}, s).err, Not(HasSubstr("neither a range")));
}

}  // namespace
}  // namespace trawl::cli
