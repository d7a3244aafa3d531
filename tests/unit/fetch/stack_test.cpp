#include <gtest/gtest.h>

#include "crawler/fetch/stack.hpp"

namespace trawl::fetch {
namespace {

TEST(Stack, TellsItsOrderFromTheOutside) {
  config::job job;
  std::string order;
  for (const auto& [name, reason] : describe_stack(job)) {
    order += std::string(name) + " ";
    EXPECT_FALSE(reason.empty()) << name;
  }
  EXPECT_EQ(order, "redirects cookies identity retry memory host gate deadline traffic ");
  job.fetch.cookies.enabled = false;
  EXPECT_EQ(describe_stack(job).size(), 7U);
  job.fetch.login = config::login{"http://h/login", "form", {}, {}};
  EXPECT_EQ(describe_stack(job).front().first, "login");
  job.fetch.cache.mode = config::cache_mode::offline;
  EXPECT_EQ(describe_stack(job).front().first, "redirects");  // nothing is sent
}

TEST(Stack, KnowsPrivateHostsByAddressAndLocalhost) {
  for (const char* host : {"127.0.0.1", "10.1.2.3", "192.168.0.1", "[::1]", "[fe80::1]", "localhost", "a.localhost", "169.254.169.254"}) EXPECT_TRUE(is_private_host(host)) << host;
  for (const char* host : {"8.8.8.8", "[2606:4700::1111]", "example.org", "localhost.example"}) EXPECT_FALSE(is_private_host(host)) << host;
}

}  // namespace
}  // namespace trawl::fetch
