#include "crawler/net/decode.hpp"

#include <algorithm>
#include <array>

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
    out.stages_.push_back({std::move(decoder)});
  }
  return out;
}

result<bool> body_decoder::feed(std::string_view piece, std::string& out) {
  wire_ += piece.size();
  if (!piece.empty() && cut_ == truncation::none) {
    if (const auto ok = push(0, piece, out); !ok) return std::unexpected(ok.error());
  }
  return cut_ == truncation::none;
}

result<void> body_decoder::push(std::size_t stage_index, std::string_view in, std::string& out) {
  if (stage_index == stages_.size()) {
    keep(in, out);
    return {};
  }
  stage& s = stages_[stage_index];
  s.fed = true;
  std::array<char, step_size> room;
  while (cut_ == truncation::none) {
    const auto [taken, given, broken] = s.decoder->decode(in, room);
    in.remove_prefix(taken);
    count(s, given);
    if (given > 0 && cut_ == truncation::none) {
      if (auto ok = push(stage_index + 1, {room.data(), given}, out); !ok) return ok;
    }
    if (broken && kept_ == 0) return fail(errc::body_decode, "the body is not of the content coding that its head names, or that is broken");
    if (broken && cut_ == truncation::none) cut_ = truncation::disconnect;
    if ((taken == 0 && given == 0) || (in.empty() && given < room.size())) break;
  }
  return {};
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
void body_decoder::count(stage& s, std::size_t given) {
  s.given += given;
  const bool is_last = &s == &stages_.back();
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
