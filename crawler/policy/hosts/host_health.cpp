#include "crawler/policy/hosts/host_health.hpp"

#include <algorithm>

namespace trawl::policy {

bool is_no_connection(errc code) noexcept {
  switch (code) {
    case errc::dns_not_found: case errc::dns_timeout: case errc::dns_failed:
    case errc::connect_refused: case errc::connect_timeout: case errc::connect_reset: case errc::connect_unreachable: case errc::tls_handshake:
      return true;
    default: return false;
  }
}

void host_health::answered(time_point now, bool refuses) noexcept {
  failures_ = probes_ = 0;
  asked_again_at_ = dead_until_ = {};
  refuses_since_ = refuses ? std::min(refuses_since_, now) : time_point::max();
}

/// What fails during a pause was asked before it, and tells nothing new.
host_health::time_point host_health::failed(time_point now, std::chrono::nanoseconds pause) noexcept {
  if (failures_ == 0) failing_since_ = now;
  if (failures_ < failures_to_doubt) ++failures_;
  if (now < asked_again_at_) return asked_again_at_;
  if (failures_ < failures_to_doubt || now - failing_since_ < std::max<std::chrono::nanoseconds>(pause, shortest_outage)) return now;
  if (probes_ >= most_probes) {
    dead_until_ = now + dead_for;
    asked_again_at_ = dead_until_;
    return now;
  }
  asked_again_at_ = now + pause * (1 << probes_);
  ++probes_;
  return asked_again_at_;
}

}  // namespace trawl::policy
