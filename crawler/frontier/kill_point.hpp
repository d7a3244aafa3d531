// A place at which a test may end the process, as a power failure or an operator could.
#pragma once
#include <cstddef>
#include <functional>
#include <string_view>

namespace trawl::frontier {

/// Ends the process by SIGKILL when TRAWL_KILL_POINT=name:n is set and this is the n-th time that `name` is passed. Any thread.
void kill_point(std::string_view name) noexcept;
/// The same, where `subject` alone is meant: it ends with TRAWL_KILL_SUBJECT, which may be unset.
void kill_point(std::string_view name, std::string_view subject) noexcept;

/// Tests within the process: each point that is passed is told to `watcher`, on its thread, until another is set; null: to nobody.
void watch_kill_points(const std::function<void(std::string_view)>* watcher) noexcept;

/// What TRAWL_TABLE_BUFFER says, in bytes, else `usual`: with small buffers the tables' files change often, which a short test has to see.
std::size_t table_buffer(std::size_t usual) noexcept;

}  // namespace trawl::frontier
