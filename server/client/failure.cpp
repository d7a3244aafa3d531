#include "server/client/failure.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "config/document/text.hpp"

namespace trawl::server::client {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t most_errors = 100, longest_text = 1'000;
constexpr milliseconds first_wait{250}, longest_wait{5'000};

std::string shown(const nlohmann::json& from, const char* key) {
  const auto found = from.find(key);
  return found == from.end() || !found->is_string() ? "" : config::printable(config::shortened(found->get<std::string>(), longest_text));
}

std::string each_error(const nlohmann::json& problem) {
  const auto errors = problem.find("errors");
  if (errors == problem.end() || !errors->is_array()) return "";
  std::string out;
  std::size_t count = 0;
  for (const auto& e : *errors) {
    if (!e.is_object()) continue;
    if (++count > most_errors) break;
    const std::string path = shown(e, "path");
    out += "\n  " + path + (path.empty() ? "" : ": ") + shown(e, "message");
  }
  if (errors->size() > most_errors) out += "\n  … " + std::to_string(errors->size() - most_errors) + " more";
  return out;
}

const char* remedy(unsigned status) noexcept {
  switch (status) {
    case 401: return "; TRAWL_TOKEN holds the token, and `trawl token` prints it where the service runs";
    case 403: return "; this token may not do that";
    case 421: return "; TRAWL_URL has to name the service as it knows itself";
    default: return "";
  }
}

}  // namespace

bool failure::may_pass() const noexcept {
  switch (is) {
    case kind::unreachable:
    case kind::lost: return true;
    case kind::untrusted:
    case kind::malformed: return false;
    case kind::refused: return status == 408 || status == 429 || status == 502 || status == 503 || status == 504;
  }
  return false;
}

int failure::exit_code() const noexcept {
  if (is == kind::untrusted || is == kind::malformed) return 2;
  if (is != kind::refused || may_pass() || status >= 500) return 3;
  return status == 409 ? 1 : 2;
}

failure from_answer(unsigned status, std::string_view body) {
  failure out{failure::kind::refused, std::to_string(status), status};
  const auto problem = nlohmann::json::parse(body, nullptr, false);
  if (!problem.is_object()) {
    out.message += ", and nothing of trawl's; is TRAWL_URL the service's address?";
    return out;
  }
  const std::string title = shown(problem, "title"), detail = shown(problem, "detail");
  if (!title.empty()) out.message += " " + title;
  if (!detail.empty()) out.message += ": " + detail;
  out.message += remedy(status);
  out.message += each_error(problem);
  return out;
}

void retry_pace::succeeded(clock::time_point now) noexcept {
  good_ = now;
  wait_ = milliseconds(0);
}

std::optional<milliseconds> retry_pace::after_failure(clock::time_point now) noexcept {
  if (now - good_ >= patience_) return std::nullopt;
  wait_ = std::clamp(wait_ * 2, first_wait, longest_wait);
  const auto left = std::chrono::ceil<milliseconds>(patience_ - (now - good_));
  return std::min(wait_, left);
}

}  // namespace trawl::server::client
