// A file that is part of the program.
#pragma once
#include <string_view>

namespace trawl::server::http {

/// As it was when the program was built. `name` is its path below the folder of those it stands with.
struct static_file {
  std::string_view name, bytes;
};

}  // namespace trawl::server::http
