#include "crawler/frontier/host_gates.hpp"

namespace trawl::frontier {

host_gate& host_gates::gate(const std::string& host) { return gates_[host]; }
origin_robots& host_gates::robots(const std::string& origin) { return robots_[origin]; }

}  // namespace trawl::frontier
