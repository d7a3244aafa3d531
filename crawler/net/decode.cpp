#include "crawler/net/decode.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace trawl::net {
namespace {

constexpr std::size_t most_codings = 3;
constexpr std::size_t step_size = 32 * 1024;

/// The names in all Content-Encoding fields, in order, in lower case; "identity" and empty ones left out.
std::vector<std::string> codings_of(const header_list& headers) {
  std::vector<std::string> out;
  for (const auto& [name, value] : headers) {
    if (!equal_ignoring_case(name, "content-encoding")) continue;
    std::string word;
    for (const char c : value + ",") {
      if (c == ',') {
        if (!word.empty() && word != "identity") out.push_back(word);
        word.clear();
      } else if (c != ' ' && c != '\t') {
        word += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
      }
    }
  }
  return out;
}

}  // namespace

/// The room grows to the double and, beyond a sixteenth of the limit, to the limit: pages that were never written to cost nothing, and a
/// copy of the largest bodies costs as much again.
void body_decoder::make_room(std::string& out, std::size_t more) const {
  constexpr std::size_t reserved_at_once = 64U << 20;
  const std::size_t need = out.size() + more;
  if (need <= out.capacity()) return;
  const std::size_t twice = std::max(need, 2 * out.capacity());
  out.reserve(limit_ <= reserved_at_once && twice > limit_ / 16 ? limit_ : std::min(twice, limit_));
}

result<body_decoder> body_decoder::make(const header_list& headers, std::size_t limit) {
  const auto names = codings_of(headers);
  if (names.size() > most_codings) return fail(errc::body_decode, "more than three content codings");
  body_decoder out(limit);
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    auto decoder = make_coding(*name);
    if (!decoder) break;
    out.stages_.back().decoder = std::move(decoder);
    out.stages_.emplace_back();
  }
  return out;
}

result<bool> body_decoder::feed(std::string_view piece, std::string& out) {
  take(piece);
  const auto now = decode(out, std::numeric_limits<std::size_t>::max());
  if (!now) return std::unexpected(now.error());
  return *now != state::over;
}

void body_decoder::take(std::string_view piece) {
  wire_ += piece.size();
  if (cut_ == truncation::none) stages_.front().take(piece);
}

void body_decoder::take(std::string&& piece) {
  stage& first = stages_.front();
  if (first.used < first.input.size() || cut_ != truncation::none) return take(std::string_view(piece));
  wire_ += piece.size();
  first.input.swap(piece);
  first.used = 0;
}

void body_decoder::stage::take(std::string_view piece) {
  if (used == input.size()) {
    input.assign(piece);
  } else {
    input.erase(0, used).append(piece);
  }
  used = 0;
}

/// The last stage that can goes first: what comes out of a coding is used before more comes out, so that little waits between two.
result<body_decoder::state> body_decoder::decode(std::string& out, std::size_t most) {
  while (cut_ == truncation::none) {
    std::size_t at = stages_.size();
    while (at > 0 && !stages_[at - 1].has_work()) --at;
    if (at == 0) return state::hungry;
    if (out.size() >= most) return state::full;
    if (const auto ok = step(at - 1, out, most); !ok) return std::unexpected(ok.error());
  }
  return state::over;
}

/// One step of one coding, or of the last stage, which keeps. What is broken ends the body only here, when all that came before is kept.
result<void> body_decoder::step(std::size_t at, std::string& out, std::size_t most) {
  stage& s = stages_[at];
  if (s.is_broken && kept_ == 0) return fail(errc::body_decode, "the body is not of the content coding that its head names, or that is broken");
  if (s.is_broken) {
    cut_ = truncation::disconnect;
  } else if (s.decoder) {
    run(at);
  } else {
    const std::string_view piece = std::string_view(s.input).substr(s.used, most - out.size());
    s.used += piece.size();
    keep(piece, out);
  }
  return {};
}

void body_decoder::run(std::size_t at) {
  stage& s = stages_[at];
  s.fed = true;
  std::array<char, step_size> room;
  const auto [taken, given, broken] = s.decoder->decode(std::string_view(s.input).substr(s.used), room);
  s.used += taken;
  s.has_more = given == room.size();
  s.is_broken = broken;
  count(at, given);
  if (given > 0 && cut_ == truncation::none) stages_[at + 1].take({room.data(), given});
  if (taken == 0 && given == 0) s.used = s.input.size();  // it has ended, or waits for more and has kept what there was
}

void body_decoder::keep(std::string_view decoded, std::string& out) {
  const std::size_t room = limit_ - static_cast<std::size_t>(kept_);
  if (decoded.size() > room) {
    decoded = decoded.substr(0, room);
    cut_ = truncation::length;
  }
  make_room(out, decoded.size());
  out += decoded;
  kept_ += decoded.size();
}

/// The caps of all codings but the last are here: what they give is not kept, but it is work.
void body_decoder::count(std::size_t at, std::size_t given) {
  stage& s = stages_[at];
  s.given += given;
  const bool is_last = at + 2 == stages_.size();
  if ((!is_last && s.given > limit_) || (s.given > ratio_holds_from && s.given / most_ratio > wire_)) cut_ = truncation::length;
}

truncation body_decoder::cut() const noexcept {
  if (cut_ != truncation::none) return cut_;
  return std::ranges::all_of(stages_, [](const stage& s) { return !s.fed || s.decoder->is_whole(); }) ? truncation::none : truncation::disconnect;
}

result<std::string> decode_body(std::string body, const header_list& headers, std::size_t limit, truncation& cut) {
  auto decoder = body_decoder::make(headers, limit);
  if (!decoder) return std::unexpected(decoder.error());
  std::string out;
  if (const auto fed = decoder->feed(body, out); !fed) return std::unexpected(fed.error());
  const truncation why = decoder->cut();
  if (cut == truncation::none || why == truncation::length) cut = why;
  return out;
}

}  // namespace trawl::net
