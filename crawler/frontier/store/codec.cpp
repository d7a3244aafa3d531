#include "crawler/frontier/store/codec.hpp"

#include <algorithm>
#include <chrono>

#include "crawler/frontier/log/bytes.hpp"

namespace trawl::frontier::store {
namespace {

constexpr std::size_t position_bytes = 16;

/// What most rows have none of is behind one number of flags.
enum flag : std::uint64_t { has_method = 1, has_headers = 2, has_body = 4, not_idempotent = 8, has_meta = 16, has_state = 32, has_time = 64, parent_is_seed = 128, has_chain = 256 };
/// What stands behind a row: the note of the visit before, in its older form or as it is now.
enum note_form : std::uint64_t { no_note = 0, note_without_gave = 1, note_with_gave = 2 };

void write_headers(byte_writer& out, const header_list& headers) {
  out.number(headers.size());
  for (const auto& [name, value] : headers) out.text(name).text(value);
}

header_list read_headers(byte_reader& in) {
  header_list out;
  for (std::uint64_t left = in.number(); left > 0 && in.is_good(); --left) {
    std::string name = in.text();
    out.emplace_back(std::move(name), in.text());
  }
  return out;
}

void write_chain(byte_writer& out, const hop_chain& chain) {
  out.text(chain.next.url).text(chain.next.method).text(chain.next.body).number(chain.next.idempotent ? 1 : 0).text(chain.host);
  write_headers(out, chain.next.headers);
  out.number(chain.hops.size());
  for (const redirect_hop& hop : chain.hops) out.text(hop.url).signed_number(hop.status);
}

hop_chain read_chain(byte_reader& in) {
  hop_chain out;
  out.next.url = in.text();
  out.next.method = in.text();
  out.next.body = in.text();
  out.next.idempotent = in.number() == 1;
  out.host = in.text();
  out.next.headers = read_headers(in);
  for (std::uint64_t left = in.number(); left > 0 && in.is_good(); --left) {
    std::string url = in.text();
    out.hops.push_back({std::move(url), static_cast<int>(in.signed_number())});
  }
  return out;
}

std::int64_t wall_ms() { return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count(); }

void write_state(byte_writer& out, const attempt_state& s) {
  out.number(s.attempts).number(s.retries).number(s.holds).number(s.refusals).text(s.first_attempt_at).number(static_cast<std::uint64_t>(s.elapsed_ms * 1000));
}

attempt_state read_state(byte_reader& in) {
  attempt_state out;
  out.attempts = static_cast<std::uint32_t>(in.number());
  out.retries = static_cast<std::uint32_t>(in.number());
  out.holds = static_cast<std::uint32_t>(in.number());
  out.refusals = static_cast<std::uint32_t>(in.number());
  out.first_attempt_at = in.text();
  out.elapsed_ms = static_cast<double>(in.number()) / 1000;
  return out;
}

std::uint64_t flags_of(const candidate& what, const attempt_state& state, const moment& not_before) {
  const request& r = what.req;
  return (r.method == "GET" ? 0 : has_method) | (r.headers.empty() ? 0 : has_headers) | (r.body.empty() ? 0 : has_body) | (r.idempotent ? 0 : not_idempotent) |
         (r.meta.empty() ? 0 : has_meta) | (state.attempts == 0 ? 0 : has_state) | (not_before.at_ms == 0 ? 0 : has_time) | (r.parent == r.seed ? parent_is_seed : 0) | (state.chain ? has_chain : 0);
}

void write_note(byte_writer& out, const revisit_note& note) { out.text(note.etag).text(note.last_modified).fixed64(note.digest).signed_number(note.fetched_ms).text(note.gave); }

/// Notes of before `gave` was kept have none.
revisit_note read_note(byte_reader& in, bool has_gave) {
  revisit_note out;
  out.etag = in.text();
  out.last_modified = in.text();
  out.digest = in.fixed64();
  out.fetched_ms = in.signed_number();
  if (has_gave) out.gave = in.text();
  return out;
}

queued_row read_row(const row_name& name, byte_reader& in) {
  queued_row row;
  request& r = row.what.req;
  row.what.host = name.host;
  r.priority = name.at.priority;
  r.depth = name.at.depth;
  const std::uint64_t flags = in.number();
  row.what.fingerprint = in.fixed64();
  r.url = in.text();
  r.parent = in.text();
  row.what.visit = static_cast<std::uint32_t>(in.number());
  r.seed = (flags & parent_is_seed) == 0 ? in.text() : r.parent;
  if ((flags & has_method) != 0) r.method = in.text();
  if ((flags & has_headers) != 0) r.headers = read_headers(in);
  if ((flags & has_body) != 0) r.body = in.text();
  r.idempotent = (flags & not_idempotent) == 0;
  if ((flags & has_meta) != 0) r.meta = in.text();
  if ((flags & has_state) != 0) row.state = read_state(in);
  if ((flags & has_time) != 0) row.not_before = read_moment(in);
  if ((flags & has_chain) != 0) row.state.chain = std::make_shared<const hop_chain>(read_chain(in));
  if (const std::uint64_t kind = in.number(); kind != no_note) row.what.before = std::make_shared<const revisit_note>(read_note(in, kind == note_with_gave));
  return row;
}

}  // namespace

moment moment::of(clock::time_point when, clock::time_point now) {
  if (when <= now) return {};
  const std::int64_t wait = std::chrono::duration_cast<std::chrono::milliseconds>(when - now).count();
  return {wall_ms() + wait, wait};
}

clock::time_point moment::seen_from(clock::time_point now) const {
  if (at_ms == 0) return {};
  return now + std::chrono::milliseconds(std::clamp<std::int64_t>(at_ms - wall_ms(), 0, wait_ms));
}

std::string host_prefix(std::string_view host) { return std::string(host) + '\0'; }

std::string row_key(std::string_view host, const position& at) {
  std::string key;
  key.reserve(host.size() + 1 + position_bytes);
  key.append(host).push_back('\0');
  const std::uint32_t rank = ~(static_cast<std::uint32_t>(at.priority) ^ 0x8000'0000U);  // the largest priority first
  append_big_endian(key, std::uint64_t{rank} << 32 | at.depth);
  append_big_endian(key, at.order);
  return key;
}

std::optional<row_name> parse_row_key(std::string_view key) {
  if (key.size() <= position_bytes || key[key.size() - position_bytes - 1] != '\0') return std::nullopt;
  byte_reader in(key.substr(key.size() - position_bytes));
  const std::uint64_t first = in.fixed64();
  row_name out;
  out.host = key.substr(0, key.size() - position_bytes - 1);
  out.at.priority = static_cast<std::int32_t>(~static_cast<std::uint32_t>(first >> 32) ^ 0x8000'0000U);
  out.at.depth = static_cast<std::uint32_t>(first);
  out.at.order = in.fixed64();
  return out;
}

std::string number_key(std::uint64_t number) { return byte_writer().fixed64(number).take(); }
std::string body_key(std::uint64_t digest) { return "body/" + number_key(digest); }

std::uint64_t parse_number_key(std::string_view key) noexcept { return byte_reader(key).fixed64(); }

void write(byte_writer& out, const candidate& what, const attempt_state& state, const moment& not_before) {
  const request& r = what.req;
  const std::uint64_t flags = flags_of(what, state, not_before);
  out.number(flags).fixed64(what.fingerprint).text(r.url).text(r.parent).number(what.visit);
  if ((flags & parent_is_seed) == 0) out.text(r.seed);
  if ((flags & has_method) != 0) out.text(r.method);
  if ((flags & has_headers) != 0) write_headers(out, r.headers);
  if ((flags & has_body) != 0) out.text(r.body);
  if ((flags & has_meta) != 0) out.text(r.meta);
  if ((flags & has_state) != 0) write_state(out, state);
  if ((flags & has_time) != 0) write(out, not_before);
  if ((flags & has_chain) != 0) write_chain(out, *state.chain);
  out.number(what.before ? note_with_gave : no_note);
  if (what.before) write_note(out, *what.before);
}

std::string encode(const queued_row& row) {
  byte_writer out;
  write(out, row.what, row.state, row.not_before);
  return out.take();
}

std::optional<queued_row> decode_queued(const row_name& name, std::string_view bytes) {
  byte_reader in(bytes);
  queued_row row = read_row(name, in);
  return whole(in, std::move(row));
}

std::string parked_key(std::uint64_t fingerprint) { return std::string(parked_prefix) + number_key(fingerprint); }

std::string encode(const parked_row& row) { return byte_writer().text(row.row).text(encode(row.what)).take(); }

std::optional<parked_row> decode_parked(std::string_view bytes) {
  byte_reader in(bytes);
  parked_row out;
  out.row = in.text();
  const std::string what = in.text();
  const auto name = parse_row_key(out.row);
  auto row = name ? decode_queued(*name, what) : std::nullopt;
  if (!row || !in.is_whole()) return std::nullopt;
  out.what = std::move(*row);
  return out;
}

void write_done(byte_writer& out, std::uint64_t seq, bool is_page, std::string_view row, const std::vector<std::uint64_t>& claims, const revisit_note& seen) {
  out.number(seq).number(is_page ? 1 : 0).raw(row).number(claims.size());
  for (const std::uint64_t claim : claims) out.fixed64(claim);
  write_note(out, seen);
}

std::optional<done_row> decode_done(const row_name& name, std::string_view bytes) {
  byte_reader in(bytes);
  done_row row;
  row.seq = in.number();
  row.is_page = in.number() == 1;
  row.what = read_row(name, in);
  for (std::uint64_t left = in.number(); left > 0 && in.is_good(); --left) row.claims.push_back(in.fixed64());
  row.seen = read_note(in, false);
  if (in.left() > 0) row.seen.gave = in.text();
  return whole(in, std::move(row));
}

}  // namespace trawl::frontier::store
