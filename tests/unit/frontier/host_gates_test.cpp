#include "crawler/frontier/host_gates.hpp"

#include <gtest/gtest.h>

namespace trawl::frontier {
namespace {

/// Rules that take some megabytes.
std::shared_ptr<const policy::robots> many_rules() {
  std::string file = "User-agent: *\n";
  for (int i = 0; i < 30'000; ++i) file += "Allow:/" + std::to_string(i) + "\n";
  return std::make_shared<const policy::robots>(policy::robots::parse(file, "trawl"));
}

origin_robots known(std::shared_ptr<const policy::robots> rules) { return {.state = robots_state::known, .rules = std::move(rules)}; }

TEST(HostGates, RulesThatWereUsedLongestAgoAreForgottenBeyondTheBudget) {
  host_gates gates;
  const auto rules = many_rules();
  const std::size_t fit = host_gates::rules_budget / rules->memory();
  ASSERT_GT(fit, 4U);
  for (std::size_t i = 0; i < fit; ++i) gates.keep(std::to_string(i), known(rules));
  for (std::size_t i = 0; i < fit; ++i) EXPECT_EQ(gates.robots(std::to_string(i)).state, robots_state::known) << i;
  gates.robots("0");  // used again
  gates.keep("more", known(rules));
  EXPECT_EQ(gates.robots("more").state, robots_state::known);
  EXPECT_EQ(gates.robots("0").state, robots_state::known);
  EXPECT_EQ(gates.robots("1").state, robots_state::unknown);
  EXPECT_EQ(gates.robots("1").rules, nullptr);
}

TEST(HostGates, WhatIsKeptAnewCountsOnce) {
  host_gates gates;
  const auto rules = many_rules();
  for (int i = 0; i < 200; ++i) gates.keep("a", known(rules));
  gates.keep("b", known(rules));
  EXPECT_EQ(gates.robots("a").state, robots_state::known);
}

}  // namespace
}  // namespace trawl::frontier
