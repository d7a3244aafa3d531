#include "crawler/policy/traps/domain_budget.hpp"

#include <gtest/gtest.h>

#include <string>

namespace trawl::policy {
namespace {

using verdict = domain_budget::verdict;

url::url at(const std::string& text) { return *url::parse(text); }

TEST(DomainBudget, SoManyHostsOfADomainAndNoMore) {
  domain_budget of({.hosts = 3});
  for (const char* name : {"a", "b", "c", "a"}) EXPECT_EQ(of.admits(at(std::string("http://") + name + ".wild.co.uk/")), verdict::admitted) << name;
  EXPECT_EQ(of.admits(at("http://d.wild.co.uk/")), verdict::first);
  EXPECT_EQ(of.admits(at("http://e.wild.co.uk/")), verdict::refused);
  EXPECT_EQ(of.admits(at("http://b.wild.co.uk/deeper")), verdict::admitted);
  EXPECT_EQ(of.admits(at("http://d.other.co.uk/")), verdict::admitted);  // co.uk is nobody's
}

TEST(DomainBudget, APortMakesAHostButHttpsDoesNot) {
  domain_budget of({.hosts = 2});
  EXPECT_EQ(of.admits(at("http://wild.test/")), verdict::admitted);
  EXPECT_EQ(of.admits(at("https://wild.test/")), verdict::admitted);
  EXPECT_EQ(of.admits(at("http://wild.test:8080/")), verdict::admitted);
  EXPECT_EQ(of.admits(at("http://wild.test:8081/")), verdict::first);
}

TEST(DomainBudget, SoManyUrlsOfAllItsHosts) {
  domain_budget of({.hosts = 10, .urls = 4});
  for (const char* name : {"a", "b"}) {
    EXPECT_EQ(of.admits(at(std::string("http://") + name + ".wild.test/")), verdict::admitted);
    of.count(std::string(name) + ".wild.test"), of.count(std::string(name) + ".wild.test");
  }
  EXPECT_EQ(of.admits(at("http://a.wild.test/more")), verdict::first);
  EXPECT_EQ(of.admits(at("http://a.tame.test/")), verdict::admitted);
}

TEST(DomainBudget, WhatSeedsNameIsExempt) {
  domain_budget of({.hosts = 1, .urls = 1});
  of.exempt("seed.wild.test");
  of.count("seed.wild.test"), of.count("seed.wild.test");
  EXPECT_EQ(of.admits(at("http://found.wild.test/")), verdict::admitted);
  EXPECT_EQ(of.admits(at("http://seed.wild.test/x")), verdict::admitted);
  EXPECT_EQ(of.admits(at("http://other.wild.test/")), verdict::first);
  of.exempt("found.wild.test");  // a seed names it after all: its place is free
  EXPECT_EQ(of.admits(at("http://other.wild.test/")), verdict::admitted);
}

TEST(DomainBudget, GoesOnWhereAnEarlierRunEnded) {
  domain_budget of({.hosts = 2, .urls = 10});
  of.resume(at("http://a.wild.test/"), 3);
  of.resume(at("http://a.tame.test/"), 10);
  EXPECT_FALSE(of.is_over(at("http://b.wild.test/")));
  EXPECT_TRUE(of.is_over(at("http://a.tame.test/x")));
  EXPECT_EQ(of.admits(at("http://b.wild.test/")), verdict::admitted);
  EXPECT_TRUE(of.is_over(at("http://c.wild.test/")));
  EXPECT_FALSE(of.is_over(at("http://a.wild.test/")));
  EXPECT_EQ(of.admits(at("http://c.wild.test/")), verdict::first);
}

}  // namespace
}  // namespace trawl::policy
