#include "crawler/net/tls/session_store.hpp"

namespace trawl::net {
namespace {
constexpr std::size_t most_a_key = 2;
}

void session_store::put(const std::string& key, session_ptr session) {
  const auto known = places_.find(key);
  if (known == places_.end()) {
    order_.push_front({key, {}});
    places_[key] = order_.begin();
    if (order_.size() > most_) {
      places_.erase(order_.back().key);
      order_.pop_back();
    }
  } else {
    order_.splice(order_.begin(), order_, known->second);
  }
  auto& sessions = order_.front().sessions;
  if (sessions.size() >= most_a_key) sessions.erase(sessions.begin());
  sessions.push_back(std::move(session));
}

session_ptr session_store::take(const std::string& key) {
  session_ptr out(nullptr, &SSL_SESSION_free);
  const auto known = places_.find(key);
  if (known == places_.end()) return out;
  order_.splice(order_.begin(), order_, known->second);
  auto& sessions = order_.front().sessions;
  if (sessions.empty()) return out;
  if (SSL_SESSION_get_protocol_version(sessions.back().get()) < TLS1_3_VERSION) {
    SSL_SESSION_up_ref(sessions.back().get());
    out.reset(sessions.back().get());
    return out;
  }
  out = std::move(sessions.back());
  sessions.pop_back();
  return out;
}

}  // namespace trawl::net
