#include "crawler/frontier/store/journal/journal.hpp"

namespace trawl::frontier::store {

void journal::replay(const database& from, small_row_reader to) {
  to.seen = [this](std::uint64_t print, const seen_row& whose) { fresh_.put(print, whose); };
  to.forgotten = [this](std::uint64_t print) { fresh_.forget(print); };
  from.each(table::journal, "", "", [&](std::string_view key, std::string_view value) {
    bytes_ += value.size();
    if (!read_small_rows(value, to))
      throw storage_error(storage_error::kind::damaged, "the state is damaged: what batch " + std::to_string(parse_number_key(key)) + " has changed can't be read; put a backup in its place, or remove the directory to start anew");
    return true;
  });
}

void journal::put(std::uint64_t print, const seen_row& whose) {
  fresh_.put(print, whose);
  row_.seen(print, whose);
}

void journal::forget(std::uint64_t print) {
  fresh_.forget(print);
  row_.forgotten(print);
}

seen_map::fate journal::find(std::uint64_t print) const noexcept {
  const auto last = fresh_.find(print);
  return last == seen_map::fate::unheard ? frozen_.find(print) : last;
}

seen_row journal::whose(std::uint64_t print) const { return fresh_.find(print) == seen_map::fate::unheard ? frozen_.whose(print) : fresh_.whose(print); }

void journal::end_batch(const job_row& job, changes& into) {
  row_.job(job);
  bytes_ += row_.bytes().size();
  into.put(table::journal, number_key(job.batch), row_.bytes());
  row_.clear();
}

void journal::freeze(std::uint64_t batch) {
  std::swap(fresh_, frozen_);
  frozen_batch_ = batch;
  bytes_ = 0;
}

void journal::write_frozen(const database& to, const std::filesystem::path& file) const {
  const auto prints = frozen_.sorted();
  auto next = prints.begin();
  to.write_file(table::seen, file, [&](std::string& key, std::optional<std::string>& value) {
    if (next == prints.end()) return false;
    key = number_key(*next);
    if (frozen_.find(*next) == seen_map::fate::known) value = encode(frozen_.whose(*next));
    ++next;
    return true;
  });
}

void journal::folded(changes& into) {
  into.erase_range(table::journal, number_key(0), number_key(frozen_batch_ + 1));
  frozen_.clear();
}

}  // namespace trawl::frontier::store
