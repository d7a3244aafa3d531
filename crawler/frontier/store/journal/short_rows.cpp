// The half of codec.hpp for rows that are short: whose a fingerprint is, records by number, hosts, the job's numbers.
#include "crawler/frontier/log/bytes.hpp"
#include "crawler/frontier/store/codec.hpp"

namespace trawl::frontier::store {

void write(byte_writer& out, const position& at) { out.signed_number(at.priority).number(at.depth).number(at.order); }

position read_position(byte_reader& in) {
  position out;
  out.priority = static_cast<std::int32_t>(in.signed_number());
  out.depth = static_cast<std::uint32_t>(in.number());
  out.order = in.number();
  return out;
}

void write(byte_writer& out, const moment& m) { out.signed_number(m.at_ms).signed_number(m.wait_ms); }

moment read_moment(byte_reader& in) {
  const std::int64_t at = in.signed_number();
  return {at, in.signed_number()};
}

std::string claim_key(std::uint64_t fingerprint) { return std::string(claim_prefix) + number_key(fingerprint); }
std::uint64_t parse_claim_key(std::string_view key) noexcept { return key.size() < 8 ? 0 : parse_number_key(key.substr(key.size() - 8)); }

std::string encode(const claim_row& row) { return byte_writer().number(row.chain).text(row.holder).text(row.by).take(); }

std::optional<claim_row> decode_claim(std::string_view bytes) {
  byte_reader in(bytes);
  claim_row row;
  row.chain = in.number();
  row.holder = in.text();
  row.by = in.text();
  return whole(in, std::move(row));
}

std::string encode(const seen_row& row) {
  byte_writer out;
  if (!row.holder.empty()) return out.number(1).text(row.holder).take();
  write(out.number(0), row.at);
  return out.take();
}

std::optional<seen_row> decode_seen(std::string_view bytes) {
  byte_reader in(bytes);
  seen_row row;
  if (in.number() == 0) {
    row.at = read_position(in);
  } else {
    row.holder = in.text();
  }
  return whole(in, std::move(row));
}

std::string encode(const log_row& row) { return byte_writer().number(row.where.file).number(row.where.offset).number(row.where.size).text(row.row).take(); }

std::optional<log_row> decode_log(std::string_view bytes) {
  byte_reader in(bytes);
  log_row row;
  row.where.file = in.number();
  row.where.offset = in.number();
  row.where.size = in.number();
  row.row = in.text();
  return whole(in, std::move(row));
}

void write(byte_writer& out, const host_row& row) {
  out.number(row.queued).number(row.discovered).number(row.pages).signed_number(row.delay_ms);
  write(out, row.held_until);
  out.number(row.by_links);
}

/// What rows of all formats begin with.
static host_row read_old_host(byte_reader& in) {
  host_row row;
  row.queued = in.number();
  row.discovered = in.number();
  row.pages = in.number();
  row.delay_ms = in.signed_number();
  row.held_until = read_moment(in);
  return row;
}

host_row read_host(byte_reader& in) {
  host_row row = read_old_host(in);
  row.by_links = in.number();
  return row;
}

std::string encode(const host_row& row) {
  byte_writer out;
  write(out, row);
  return out.take();
}

std::optional<host_row> decode_host(std::string_view bytes) {
  byte_reader in(bytes);
  host_row row = read_old_host(in);
  if (in.left() > 0) row.by_links = in.number();  // rows of before it was counted end here
  return whole(in, row);
}

void write(byte_writer& out, const job_row& row) {
  out.number(row.discovered).number(row.recorded).number(row.queued).number(row.duplicates).number(row.pages).number(row.order).number(row.seq).number(row.batch);
  out.number(row.synced).number(row.seeds.position).number(row.seeds.exhausted ? 1 : 0);
}

job_row read_job(byte_reader& in) {
  job_row row;
  for (std::uint64_t* field : {&row.discovered, &row.recorded, &row.queued, &row.duplicates, &row.pages, &row.order, &row.seq, &row.batch, &row.synced, &row.seeds.position}) *field = in.number();
  row.seeds.exhausted = in.number() == 1;
  return row;
}

std::string encode(const job_row& row) {
  byte_writer out;
  write(out, row);
  return out.take();
}

std::optional<job_row> decode_job(std::string_view bytes) {
  byte_reader in(bytes);
  job_row row = read_job(in);
  return whole(in, row);
}

}  // namespace trawl::frontier::store
