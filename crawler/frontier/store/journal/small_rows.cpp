#include "crawler/frontier/store/journal/small_rows.hpp"

namespace trawl::frontier::store {
namespace {

/// What comes next in the row.
enum tag : std::uint64_t { seen_own = 1, seen_held, seen_forgotten, one_host, one_tally, the_job };

/// One change; false at a tag that is none, or at one whose row can't be read.
bool read_one(byte_reader& in, const small_row_reader& to) {
  const std::uint64_t kind = in.number();
  if (kind == seen_own || kind == seen_held) {
    const std::uint64_t print = in.fixed64();
    const seen_row row = kind == seen_own ? seen_row{read_position(in), {}} : seen_row{{}, in.text()};
    if (in.is_good() && to.seen) to.seen(print, row);
  } else if (kind == seen_forgotten) {
    const std::uint64_t print = in.fixed64();
    if (in.is_good() && to.forgotten) to.forgotten(print);
  } else if (kind == one_host) {
    std::string name = in.text();
    const host_row row = read_host(in);
    if (in.is_good() && to.host) to.host(std::move(name), row);
  } else if (kind == one_tally) {
    std::string name = in.text();
    const std::uint64_t value = in.number();
    if (in.is_good() && to.tally) to.tally(std::move(name), value);
  } else if (kind == the_job) {
    const job_row row = read_job(in);
    if (in.is_good() && to.job) to.job(row);
  } else {
    return false;
  }
  return in.is_good();
}

}  // namespace

small_rows& small_rows::seen(std::uint64_t print, const seen_row& whose) {
  if (whose.holder.empty()) {
    out_.number(seen_own).fixed64(print);
    write(out_, whose.at);
  } else {
    out_.number(seen_held).fixed64(print).text(whose.holder);
  }
  return *this;
}

small_rows& small_rows::forgotten(std::uint64_t print) {
  out_.number(seen_forgotten).fixed64(print);
  return *this;
}

small_rows& small_rows::host(std::string_view name, const host_row& row) {
  out_.number(one_host).text(name);
  write(out_, row);
  return *this;
}

small_rows& small_rows::tally(std::string_view name, std::uint64_t value) {
  out_.number(one_tally).text(name).number(value);
  return *this;
}

small_rows& small_rows::job(const job_row& row) {
  out_.number(the_job);
  write(out_, row);
  return *this;
}

bool read_small_rows(std::string_view bytes, const small_row_reader& to) {
  byte_reader in(bytes);
  while (in.left() > 0)
    if (!read_one(in, to)) return false;
  return true;
}

}  // namespace trawl::frontier::store
