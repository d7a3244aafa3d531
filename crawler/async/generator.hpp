// generator<T>: a lazy sequence computed by a coroutine that never awaits. The interface of std::generator (C++23, [coro.generator]),
// which libstdc++ 12 does not have; without its recursive and allocator parts.
#pragma once
#include <coroutine>
#include <exception>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>

namespace trawl {

/// A single-pass range. Values are made when asked for; destroying the generator destroys its locals (RAII holds inside).
/// A yielded value lives until the next increment. Not copyable; not thread-safe: one thread at a time.
template <class T>
class [[nodiscard]] generator {
 public:
  using value_type = std::remove_cvref_t<T>;
  using reference = std::conditional_t<std::is_reference_v<T>, T, T&&>;

  class promise_type {
   public:
    generator get_return_object() noexcept { return generator(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    std::suspend_always final_suspend() const noexcept { return {}; }
    /// A yielded temporary lives in the coroutine's frame until it is resumed.
    std::suspend_always yield_value(std::remove_reference_t<T>& value) noexcept {
      value_ = std::addressof(value);
      return {};
    }
    std::suspend_always yield_value(std::remove_reference_t<T>&& value) noexcept {
      value_ = std::addressof(value);
      return {};
    }
    void return_void() const noexcept {}
    void unhandled_exception() { throw; }
    void await_transform() = delete;  // a generator computes; what waits is a coroutine of its own

    std::remove_reference_t<T>* value_ = nullptr;
  };

  class iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using difference_type = std::ptrdiff_t;
    using value_type = generator::value_type;

    iterator() noexcept = default;
    explicit iterator(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}
    reference operator*() const noexcept { return static_cast<reference>(*handle_.promise().value_); }
    iterator& operator++() {
      handle_.resume();
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const iterator& it, std::default_sentinel_t) noexcept { return !it.handle_ || it.handle_.done(); }

   private:
    std::coroutine_handle<promise_type> handle_;
  };

  generator() noexcept = default;
  generator(generator&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  generator& operator=(generator&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~generator() {
    if (handle_) handle_.destroy();
  }

  /// Runs to the first value. Call once.
  iterator begin() {
    if (handle_) handle_.resume();
    return iterator(handle_);
  }
  std::default_sentinel_t end() const noexcept { return {}; }

 private:
  explicit generator(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_;
};

}  // namespace trawl
