// stream<T>: an asynchronous sequence that is pulled. Where a generator computes its values, a stream waits for them: who does not ask
// for the next one stops whoever makes them. Combinators take a stream and give one; nothing is stored between them.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace trawl::async {

namespace asio = boost::asio;

/// Single-pass, move-only, one reader at a time. Destroying it ends what it reads from (RAII inside the sources).
template <class T>
class [[nodiscard]] stream {
 public:
  /// What a stream is made of.
  class source {
   public:
    virtual ~source() = default;
    /// The next value; waits for one. nullopt: the end. A wait that is cancelled loses no value: the next call gives it.
    virtual asio::awaitable<std::optional<T>> next() = 0;
    /// The next value if it is there already; nullopt says nothing about the end.
    virtual std::optional<T> ready() { return std::nullopt; }
  };

  explicit stream(std::unique_ptr<source> from) noexcept : from_(std::move(from)) {}
  asio::awaitable<std::optional<T>> next() { return from_->next(); }
  std::optional<T> ready() { return from_->ready(); }

 private:
  std::unique_ptr<source> from_;
};

/// The values that `keep` says yes to. `keep` is called once for each value, in order.
template <class T>
stream<T> where(stream<T> all, std::function<bool(const T&)> keep) {
  class chosen final : public stream<T>::source {
   public:
    chosen(stream<T> from, std::function<bool(const T&)> rule) : all_(std::move(from)), keep_(std::move(rule)) {}
    asio::awaitable<std::optional<T>> next() override {
      while (auto value = co_await all_.next())
        if (keep_(*value)) co_return value;
      co_return std::nullopt;
    }
    std::optional<T> ready() override {
      while (auto value = all_.ready())
        if (keep_(*value)) return value;
      return std::nullopt;
    }

   private:
    stream<T> all_;
    std::function<bool(const T&)> keep_;
  };
  return stream<T>(std::make_unique<chosen>(std::move(all), std::move(keep)));
}

}  // namespace trawl::async
