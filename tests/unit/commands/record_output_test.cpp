#include "server/crawl/record_output.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

namespace trawl::server {
namespace {

using ::testing::HasSubstr;

std::string rows_of(std::string_view record) {
  std::string out;
  append_item_rows(out, record);
  return out;
}

TEST(ItemRows, AreFlatAndSayWhereTheyAreFrom) {
  EXPECT_EQ(rows_of(R"({"url":"http://h/","final_url":"http://h/b","items":[{"name":"a","price":1.5},{"name":"b"}]})"),
            "{\"url\":\"http://h/b\",\"name\":\"a\",\"price\":1.5}\n{\"url\":\"http://h/b\",\"name\":\"b\"}\n");
  EXPECT_EQ(rows_of(R"({"url":"http://h/","final_url":null,"items":[{"name":"a"}]})"), "{\"url\":\"http://h/\",\"name\":\"a\"}\n");
  EXPECT_EQ(rows_of(R"({"url":"http://h/","items":[{"url":"http://h/p/1","name":"a"}]})"), "{\"url\":\"http://h/p/1\",\"name\":\"a\"}\n");
}

TEST(ItemRows, AreNoneWithoutItems) {
  for (const char* record : {R"({"url":"http://h/"})", R"({"url":"http://h/","items":[]})", R"({"items":["a",1]})", "[]", "broken"})
    EXPECT_EQ(rows_of(record), "") << record;
}

TEST(RecordOutput, ChecksBeforeItOpens) {
  EXPECT_TRUE(record_output::check("", existing::refuse));
  EXPECT_TRUE(record_output::check("-", existing::refuse));
  EXPECT_TRUE(record_output::check("/dev/null", existing::refuse));
  EXPECT_TRUE(record_output::check("out.d/x", existing::refuse));
  EXPECT_TRUE(record_output::check("a.ndjson.gz", existing::refuse));
  EXPECT_TRUE(record_output::check("a.jsonl.zst", existing::refuse));
  EXPECT_THAT(record_output::check("a.csv.gz", existing::refuse).error(), HasSubstr(".csv output is not available in this version"));
  EXPECT_TRUE(record_output::check("records", existing::refuse));
  for (const char* unknown : {"x.zip", "out.ndjson.bak", "x.NDJSON"})
    EXPECT_THAT(record_output::check(unknown, existing::overwrite).error(), HasSubstr("there is .ndjson and .jsonl")) << unknown;
  EXPECT_THAT(record_output::check("/", existing::overwrite).error(), HasSubstr("is a directory"));
}

TEST(RecordOutput, RemembersWhyItFailed) {
  auto out = record_output::open("/dev/full", existing::refuse, config::row_kind::records);
  ASSERT_TRUE(out);
  EXPECT_EQ(out->write("{}"), write_state::good);  // still in the buffer
  EXPECT_EQ(out->flush(), write_state::failed);
  EXPECT_EQ(out->write("{}"), write_state::failed);
  EXPECT_EQ(out->why(), "/dev/full can't be written: No space left on device");
}

/// A named pipe whose reader is this test.
class reader {
 public:
  reader() : path_(::testing::TempDir() + "trawl-pipe-" + std::to_string(getpid())) {
    mkfifo(path_.c_str(), 0600);
    fd_ = open(path_.c_str(), O_RDONLY | O_NONBLOCK);
  }
  ~reader() {
    close(fd_);
    unlink(path_.c_str());
  }
  reader(const reader&) = delete;
  reader& operator=(const reader&) = delete;
  const std::string& path() const { return path_; }
  std::string read_all() const {
    std::string out, some(1U << 16, '\0');
    for (ssize_t n = 0; (n = ::read(fd_, some.data(), some.size())) > 0;) out.append(some, 0, static_cast<std::size_t>(n));
    return out;
  }

 private:
  std::string path_;
  int fd_ = -1;
};

/// Writes numbered lines of this length until the output gives up; what the reader finds is whole lines without a gap.
void expect_whole_lines_when_given_up(std::size_t length) {
  const reader r;
  auto out = record_output::open(r.path(), existing::append, config::row_kind::records);
  ASSERT_TRUE(out);
  std::jthread impatient([&out] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    out->give_up();
  });
  std::uint64_t written = 0;
  while (out->write(std::to_string(written) + std::string(length, '.')) == write_state::good) ++written;
  EXPECT_EQ(out->state(), write_state::given_up);
  const std::string got = r.read_all();
  ASSERT_TRUE(got.ends_with('\n'));
  std::uint64_t seen = 0;
  for (std::size_t at = 0; at < got.size(); at = got.find('\n', at) + 1) ASSERT_EQ(std::strtoull(got.c_str() + at, nullptr, 10), seen++);
  EXPECT_GT(seen, 0U);
  EXPECT_EQ(seen + out->lost(), written + 1);  // the last one was given to it too
}

TEST(RecordOutput, ReaderThatStopsLeavesWholeLines) {
  expect_whole_lines_when_given_up(100);
  expect_whole_lines_when_given_up(5000);
  expect_whole_lines_when_given_up(200'000);
}

TEST(RecordOutput, SlowReaderGetsEveryLine) {
  const reader r;
  auto out = record_output::open(r.path(), existing::append, config::row_kind::records);
  ASSERT_TRUE(out);
  std::jthread writer([&out] {
    for (int i = 0; i < 60; ++i) out->write(std::string(static_cast<std::size_t>(i) * 331 % 20'000, 'x'));
    out->flush();
  });
  std::string got;
  while (std::ranges::count(got, '\n') < 60) {
    got += r.read_all();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  writer.join();
  EXPECT_EQ(out->state(), write_state::good);
  EXPECT_EQ(out->lost(), 0U);
}

}  // namespace
}  // namespace trawl::server
