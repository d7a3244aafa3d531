// A copy of a job's state, beside the process that writes it.
#pragma once
#include <filesystem>

#include "crawler/frontier/store/storage_error.hpp"

namespace trawl::frontier {

/// Copies the state as it is at one moment: each record that is committed by then is in the copy whole, and a crawl goes on from it as from
/// the state itself. `to` is made, and must not be there. The copy survives a power cut when the call returns; where it fails nothing is
/// left of it. Blocks; throws storage_error. Reads and writes all that the state holds, one pass.
void back_up(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace trawl::frontier
