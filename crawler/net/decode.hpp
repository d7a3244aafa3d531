// A body's content codings undone while it comes in, stacked up to three, with caps inside the loop so that no bomb unfolds. Pure.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "crawler/model/error.hpp"
#include "crawler/model/response.hpp"
#include "crawler/net/coding.hpp"

namespace trawl::net {

/// Once a coding has given more than `ratio_holds_from` bytes, it may not give more than `most_ratio` bytes for each that came over the
/// wire. gzip can't exceed 1032; br gave 1,178,000 and zstd 32,330 for 100 MiB of zeros.
inline constexpr std::uint64_t most_ratio = 1000, ratio_holds_from = 8U << 20;

/// Use one per body. Any one thread. Holds the windows of its codings, what was taken and not decoded, and 32 KiB between two codings.
class body_decoder {
 public:
  /// For the codings that the head names, in the order in which they were applied (RFC 9110, 8.4); of `identity`, an empty name and
  /// those before a name that is not known nothing is undone.
  /// in      limit: most bytes that any of the codings may give
  /// errors  body_decode on more than three codings
  static result<body_decoder> make(const header_list& headers, std::size_t limit);

  /// Whether `decode` has come to an end, and which.
  enum class state : std::uint8_t {
    hungry,  ///< all that was taken is decoded: more of the body is needed
    full,    ///< `out` is as long as it may be: call again when it may be longer
    over,    ///< nothing more will come out, so the rest of the body need not be read; `cut` says why
  };
  /// Takes the body's next bytes. Nothing is decoded yet: a few of them may be many.
  void take(std::string_view piece);
  /// The same without a copy: what `piece` holds afterwards is of no use.
  void take(std::string&& piece);
  /// Decodes what was taken and appends it to `out`, until that has `most` bytes.
  /// errors  body_decode where the body is not of its coding from the start; what breaks later keeps its prefix
  result<state> decode(std::string& out, std::size_t most);

  /// Both at once, however much comes out: decodes the body's next bytes and appends them to `out`.
  /// out     false: nothing more will come out, so the rest of the body need not be read; `cut` says why
  /// errors  body_decode where the body is not of its coding from the start; what breaks later keeps its prefix
  result<bool> feed(std::string_view piece, std::string& out);

  /// The body has no coding: what comes is what is kept, so that it may be put there past this, within the limit.
  bool is_plain() const noexcept { return stages_.size() == 1; }
  /// Lets `out` grow by so many bytes, in steps that suit the limit.
  void make_room(std::string& out, std::size_t more) const;

  /// Why what came out is not the whole body, if nothing more is fed: length where a cap ended it, disconnect where a stream is torn or
  /// damaged.
  truncation cut() const noexcept;

 private:
  /// What comes of one coding is the input of the next; the last stage has none, and keeps what comes.
  struct stage {
    std::unique_ptr<coding> decoder;
    std::string input = {};      ///< taken and not yet decoded, from `used` on
    std::size_t used = 0;
    std::uint64_t given = 0;
    bool fed = false;
    bool has_more = false;  ///< the last step filled its room
    bool is_broken = false;

    bool has_work() const noexcept { return used < input.size() || has_more || is_broken; }
    void take(std::string_view piece);
  };
  explicit body_decoder(std::size_t limit) : limit_(limit), stages_(1) {}
  result<void> step(std::size_t at, std::string& out, std::size_t most);
  void run(std::size_t at);
  void keep(std::string_view decoded, std::string& out);
  void count(std::size_t at, std::size_t given);

  std::size_t limit_;
  std::vector<stage> stages_;  ///< the coding that was applied last comes first
  std::uint64_t wire_ = 0, kept_ = 0;
  truncation cut_ = truncation::none;
};

/// A body that is there as a whole, as it was before its codings. `cut` becomes what body_decoder::cut says, but for a torn stream whose
/// reason is known already. Fails with body_decode as body_decoder does.
result<std::string> decode_body(std::string body, const header_list& headers, std::size_t limit, truncation& cut);

}  // namespace trawl::net
