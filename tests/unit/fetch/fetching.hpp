// What the tests of the decorators share: requests, and a look at outcomes.
#pragma once
#include <utility>

#include "tests/support/co_test.hpp"
#include "tests/support/scripted_fetch.hpp"

namespace trawl::fetch {

using testing::answer_of;
using testing::scripted_fetch;

inline request ask_for(std::string url) {
  request r;
  r.url = std::move(url);
  r.charged = std::chrono::steady_clock::time_point();
  return r;
}

inline const response& response_in(const result<outcome>& got) { return std::get<response>(got.value()); }
inline const deferral& deferral_in(const result<outcome>& got) { return std::get<deferral>(got.value()); }

}  // namespace trawl::fetch
