// What rules change, member by member, over the lists of members that Boost.Describe keeps.
#include "config/describe.hpp"
#include "config/job.hpp"

namespace trawl::config {

void apply(const extract_changes& changes, extract& to) {
  boost::mp11::mp_for_each<boost::mp11::mp_iota<boost::mp11::mp_size<members_of<extract>>>>([&](auto i) {
    const auto& change = changes.*boost::mp11::mp_at<members_of<extract_changes>, decltype(i)>::pointer;
    auto& member = to.*boost::mp11::mp_at<members_of<extract>, decltype(i)>::pointer;
    if (!change) return;
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(member)>, field_map>) {
      for (const auto& [name, one] : *change) member.insert_or_assign(name, one);
    } else {
      member = *change;
    }
  });
}

}  // namespace trawl::config
