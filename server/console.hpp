// What the program says to people: messages to stderr, answers to stdout. Nothing here throws: a message that can't be written is lost,
// an answer that can't be written is remembered for the exit code.
#pragma once
#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace trawl::server {

/// To stderr at once; whether it arrived is nobody's concern. Any thread.
void write_message(std::string_view text) noexcept;
/// To stdout, buffered. Main thread.
void write_answer(std::string_view text) noexcept;

template <class... Args>
void tell(fmt::format_string<Args...> format, Args&&... args) {
  write_message(fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void answer(fmt::format_string<Args...> format, Args&&... args) {
  write_answer(fmt::format(format, std::forward<Args>(args)...));
}

/// First of all: descriptors 0 to 2 that came closed are taken, so that no file of ours gets their numbers. Reading such a stdin ends at
/// once, writing to such a stdout fails.
void take_closed_descriptors() noexcept;
/// Whether stdout can be written to at all.
bool has_stdout() noexcept;

/// Last of all: what is buffered goes out. The exit code: `code`; 1 with a message where stdout could not be written; a reader that had
/// enough (`| head`) is no failure.
int close_answers(int code) noexcept;

}  // namespace trawl::server
