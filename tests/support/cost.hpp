// What a parser costs on input that is made to be bad: CPU time and memory, measured and held against what the project promises.
#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace trawl::test {

/// A sanitizer watches: what is measured would be its own cost, so only the run itself is checked, on less input.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool is_sanitized = true;
#elif defined(__has_feature)
inline constexpr bool is_sanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
inline constexpr bool is_sanitized = false;
#endif

/// "Any 10 MiB of bytes ends within 2 s of CPU time and 256 MiB, in every parser": what a release build keeps.
inline constexpr std::size_t bad_input = is_sanitized ? std::size_t{128} << 10 : std::size_t{10} << 20;
inline constexpr double most_cpu_seconds = 2;
inline constexpr std::size_t most_memory = std::size_t{256} << 20;

/// `start`, then `piece` again and again, to at least `size` bytes.
std::string flood(std::string_view start, std::string_view piece, std::size_t size = bad_input);
/// `open` again and again, then as often `close`.
std::string nested(std::string_view open, std::string_view close, std::size_t size = bad_input);

/// Runs `work` in a process of its own and expects it to end well, within both bounds: its CPU time, and the memory that it had at most
/// beside what was there before. Under a sanitizer it runs here, and nothing is measured. `what` names the input in messages.
void expect_bounded(std::string_view what, const std::function<void()>& work);

}  // namespace trawl::test
