#include "server/client/address.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <map>

#include "tests/support/temp_directory.hpp"

namespace trawl::server::client {
namespace {

using ::testing::HasSubstr;

std::expected<service_address, std::string> read(const std::map<std::string, std::string>& variables, const std::filesystem::path& own = "/nowhere/token") {
  return read_address([&variables](const std::string& name) { return variables.contains(name) ? variables.at(name).c_str() : nullptr; }, own);
}

TEST(ServiceAddress, IsThisMachineWithoutVariables) {
  const auto got = read({});
  ASSERT_TRUE(got);
  EXPECT_EQ(got->url(), "http://127.0.0.1:8080");
  EXPECT_EQ(got->authority(), "127.0.0.1:8080");
  EXPECT_EQ(got->token, "");
}

TEST(ServiceAddress, TakesSchemePortAndPath) {
  const auto got = read({{"TRAWL_URL", "https://crawl.example.org/trawl/"}, {"TRAWL_TOKEN", "secret"}, {"TRAWL_CA_FILE", "ca.pem"}});
  ASSERT_TRUE(got);
  EXPECT_TRUE(got->has_tls);
  EXPECT_EQ(got->port, 443);
  EXPECT_EQ(got->authority(), "crawl.example.org");
  EXPECT_EQ(got->url(), "https://crawl.example.org/trawl");
  EXPECT_EQ(got->token, "secret");
  EXPECT_EQ(got->ca_file, "ca.pem");
  EXPECT_EQ(read({{"TRAWL_URL", "http://[::1]:9000"}})->authority(), "[::1]:9000");
}

TEST(ServiceAddress, SaysWhatIsWrong) {
  for (const auto& [url, words] : {std::pair("localhost:8080", "not an http or https URL"), std::pair("ftp://h/", "not an http or https URL"), std::pair("http://u:p@h/", "TRAWL_TOKEN"),
                                   std::pair("http://h/?x=1", "no query"), std::pair("http://h/#f", "no query")}) {
    const auto got = read({{"TRAWL_URL", url}});
    ASSERT_FALSE(got) << url;
    EXPECT_THAT(got.error(), HasSubstr(words));
  }
  EXPECT_FALSE(read({{"TRAWL_TOKEN", "two words"}}));
  EXPECT_FALSE(read({{"TRAWL_TOKEN", "a\r\nX: y"}}));
}

TEST(ServiceAddress, ThisMachinesTokenGoesNowhereElse) {
  const testing::temp_directory here;
  const auto file = here.path() / "token";
  std::ofstream(file) << "of-this-machine \r\n";
  EXPECT_EQ(read({}, file)->token, "of-this-machine");
  EXPECT_EQ(read({{"TRAWL_URL", "http://localhost:9"}}, file)->token, "of-this-machine");
  EXPECT_EQ(read({{"TRAWL_URL", "https://example.org"}}, file)->token, "");
  EXPECT_EQ(read({{"TRAWL_TOKEN", "mine"}}, file)->token, "mine");
}

}  // namespace
}  // namespace trawl::server::client
