// What the disk refuses, or has lost.
#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>

namespace trawl::frontier {

/// Thrown while a state is opened, and by the thread that writes it; `what` is for whoever runs the crawl, with the file and the remedy.
class storage_error : public std::runtime_error {
 public:
  enum class kind : std::uint8_t {
    no_space,  ///< it may be there again
    damaged,   ///< something that was written can't be read
    in_use,    ///< by another process
    newer,     ///< written by a newer version
    foreign,   ///< the directory holds something else
    missing,   ///< there is no state
    failed,    ///< all else
  };
  storage_error(kind k, const std::string& what) : std::runtime_error(what), is(k) {}
  kind is;
};

}  // namespace trawl::frontier
