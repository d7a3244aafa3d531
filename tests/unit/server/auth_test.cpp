#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "server/auth.hpp"

namespace trawl::server {
namespace {

/// A directory of this test's own, removed at its end.
struct scratch {
  std::filesystem::path path = std::filesystem::temp_directory_path() / ("trawl-auth-" + std::to_string(::getpid()) + ::testing::UnitTest::GetInstance()->current_test_info()->name());
  scratch() { std::filesystem::create_directories(path); }
  ~scratch() { std::filesystem::remove_all(path); }
  std::filesystem::path file(const std::string& name, const std::string& text) const {
    std::ofstream(path / name) << text;
    return path / name;
  }
};

TEST(Keyring, KnowsItsTokensByFileAndByHash) {
  const scratch here;
  // SHA-256 of "correct horse battery staple"
  const keyring keys({{"f", here.file("t", "0123456789abcdef0123\r\nmore"), "", {permission::read}},
                      {"h", "", "c4bbcb1fbec99d65bf59d85c8cb62ee2db963f0fe106f483d9afa73bd4e39a8a", {permission::admin}}});
  ASSERT_NE(keys.identify("Bearer 0123456789abcdef0123"), nullptr);
  EXPECT_EQ(keys.identify("bearer 0123456789abcdef0123")->name, "f");
  EXPECT_EQ(keys.identify("Bearer correct horse battery staple")->name, "h");
  for (const char* bad : {"", "Bearer", "Bearer ", "Bearer 0123456789abcdef012", "Bearer 0123456789abcdef01234", "Basic 0123456789abcdef0123", "0123456789abcdef0123"})
    EXPECT_EQ(keys.identify(bad), nullptr) << bad;
}

TEST(Keyring, PermissionsAreWhatWasGiven) {
  EXPECT_TRUE((keyring::holder{"a", {permission::admin}}.may(permission::write)));
  EXPECT_FALSE((keyring::holder{"a", {permission::read}}.may(permission::write)));
  EXPECT_FALSE((keyring::holder{"a", {permission::write}}.may(permission::read)));
}

TEST(Keyring, RefusesWhatIsNoToken) {
  const scratch here;
  EXPECT_THROW(keyring({{"a", here.path / "absent", "", {}}}), std::runtime_error);
  EXPECT_THROW(keyring({{"a", here.file("short", "secret\n"), "", {}}}), std::runtime_error);
  EXPECT_THROW(keyring({{"a", "", "abc", {}}}), std::runtime_error);
}

TEST(Keyring, OwnTokenIsMadeOnceAndIsPrivate) {
  const scratch here;
  bool made = false;
  const token_source own = own_token(here.path / "data", made);
  EXPECT_TRUE(made);
  struct stat info {};
  ASSERT_EQ(::stat(own.file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  std::string token, again;
  std::ifstream(own.file) >> token;
  EXPECT_EQ(token.size(), 64U);
  own_token(here.path / "data", made);
  EXPECT_FALSE(made);
  std::ifstream(own.file) >> again;
  EXPECT_EQ(token, again);
  EXPECT_NE(keyring({own}).identify("Bearer " + token), nullptr);
}

TEST(Host, OnlyNamesOfThisMachine) {
  for (const char* ours : {"localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:8080", "127.3.2.1:1", "[::1]", "[::1]:8080"}) EXPECT_TRUE(names_this_machine(ours)) << ours;
  for (const char* other : {"", "example.org", "localhost.example.org", "127.0.0.1.example.org", "10.0.0.1", "[::2]", "[127.0.0.1]", "::1", "localhost@evil", "[::1"})
    EXPECT_FALSE(names_this_machine(other)) << other;
}

TEST(Host, PagesOfOtherSitesAreTold) {
  EXPECT_TRUE(is_same_origin(std::nullopt, std::nullopt, "localhost:1"));
  EXPECT_TRUE(is_same_origin("same-origin", "http://localhost:1", "localhost:1"));
  EXPECT_FALSE(is_same_origin("cross-site", std::nullopt, "localhost:1"));
  EXPECT_FALSE(is_same_origin("same-site", std::nullopt, "localhost:1"));
  EXPECT_FALSE(is_same_origin(std::nullopt, "http://localhost:2", "localhost:1"));
  EXPECT_FALSE(is_same_origin(std::nullopt, "null", "localhost:1"));
}

}  // namespace
}  // namespace trawl::server
