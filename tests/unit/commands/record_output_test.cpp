#include "server/crawl/record_output.hpp"

#include <gmock/gmock.h>

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
  EXPECT_THAT(record_output::check("a.ndjson.gz", existing::refuse).error(), HasSubstr(".gz output is not available in this version"));
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

}  // namespace
}  // namespace trawl::server
