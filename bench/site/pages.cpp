#include "bench/site/pages.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace trawl::bench {
namespace {

constexpr std::array<std::string_view, 24> words = {"harbour", "the",   "of",      "catalogue", "a",        "winter", "prices &amp; terms", "and",
                                                    "to",      "rope",  "anchors", "nets",      "caf&eacute;", "with", "for",            "boats",
                                                    "sailing", "north", "from",    "delivered", "in",       "by",     "<em>fresh</em>",    "fish"};

constexpr std::string_view head =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Harbour goods, page of many</title>\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"description\" content=\"Ropes, nets and anchors\">\n"
    "<link rel=\"stylesheet\" href=\"/style.css\">\n<style>body { margin: 2em; } a > b { color: #333; }</style>\n"
    "<script>var shop = {items: [1, 2, 3], less: 1 < 2, html: \"<p>\"};</script>\n</head>\n<body class=\"page wide\">\n<!-- navigation -->\n";
constexpr std::string_view tail = "<footer><p>&copy; Harbour goods</p></footer>\n</body>\n</html>\n";

std::uint64_t next_random(std::uint64_t& state) {  // xorshift64, Marsaglia 2003
  state ^= state << 13;
  state ^= state >> 7;
  return state ^= state << 17;
}

}  // namespace

pages::pages(site_shape shape) : shape_(shape) {
  const std::size_t share = shape_.bytes / (shape_.links + 1);
  body_.reserve(shape_.bytes + 1024);
  body_ = head;
  for (unsigned index = 0; index < shape_.links; ++index) {
    append_link(index);
    append_prose_up_to((index + 1) * share);
  }
  append_prose_up_to(shape_.bytes - tail.size());
  body_ += tail;
}

void pages::append_link(std::size_t index) {
  body_ += "<li class=\"item\"><a class=\"link\" href=\"/p/";
  digits_.push_back(body_.size());
  body_.append(page_digits, '0');
  body_ += index % 5 == 0 ? ".html#top\" title=\"read more\">" : ".html\">";
  body_ += words[next_random(random_) % words.size()];
  body_ += " goods</a></li>\n";
}

void pages::append_prose_up_to(std::size_t size) {
  constexpr std::string_view opening = "<p class=\"text\" data-row=\"12\">", closing = "</p>\n";
  while (body_.size() + opening.size() + closing.size() < size) {
    body_ += opening;
    const std::size_t stop = std::min(size - closing.size(), body_.size() + 400);
    while (body_.size() < stop) (body_ += words[next_random(random_) % words.size()]) += ' ';
    body_ += closing;
  }
}

const std::string& pages::body(std::uint32_t number) {
  std::uint64_t random = 0x9E3779B97F4A7C15 ^ (std::uint64_t{number} << 20 | number);
  for (unsigned index = 0; index < digits_.size(); ++index) {
    const std::uint64_t child = std::uint64_t{number} * shape_.branches + index + 1;
    std::uint64_t target = index < shape_.branches && child < shape_.pages ? child : next_random(random) % shape_.pages;
    for (std::size_t at = page_digits; at > 0; --at, target /= 10) body_[digits_[index] + at - 1] = static_cast<char>('0' + target % 10);
  }
  return body_;
}

}  // namespace trawl::bench
