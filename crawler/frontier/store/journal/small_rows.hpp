// A row of the journal as bytes: what one batch has changed of rows that are small and would each be written at a place of its own.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "crawler/frontier/log/bytes.hpp"
#include "crawler/frontier/store/codec.hpp"

namespace trawl::frontier::store {

/// Collects a batch's changes. Later ones count.
class small_rows {
 public:
  small_rows& seen(std::uint64_t print, const seen_row& whose);
  small_rows& forgotten(std::uint64_t print);
  small_rows& host(std::string_view name, const host_row& row);
  small_rows& tally(std::string_view name, std::uint64_t value);
  small_rows& job(const job_row& row);
  bool is_empty() const noexcept { return out_.view().empty(); }
  std::string_view bytes() const noexcept { return out_.view(); }
  void clear() noexcept { out_.clear(); }

 private:
  byte_writer out_;
};

/// Who is told of each change, in their order; what is empty is not.
struct small_row_reader {
  std::function<void(std::uint64_t print, const seen_row& whose)> seen = {};
  std::function<void(std::uint64_t print)> forgotten = {};
  std::function<void(std::string name, const host_row& row)> host = {};
  std::function<void(std::string name, std::uint64_t value)> tally = {};
  std::function<void(const job_row& row)> job = {};
};
/// False where the bytes are no row of the journal; what came before the fault was told.
bool read_small_rows(std::string_view bytes, const small_row_reader& to);

}  // namespace trawl::frontier::store
