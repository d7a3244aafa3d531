#include "crawler/net/dns/hosts_file.hpp"

#include <algorithm>
#include <fstream>

namespace trawl::net {
namespace {

constexpr std::size_t largest_file = 4U << 20;
constexpr std::string_view blanks = " \t\r";

/// The next word of `line`, taken off it; empty at its end.
std::string next_word(std::string_view& line) {
  const std::size_t begin = line.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  const std::size_t end = std::min(line.find_first_of(blanks, begin), line.size());
  std::string word(line.substr(begin, end - begin));
  line.remove_prefix(end);
  std::ranges::transform(word, word.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return word;
}

}  // namespace

host_table parse_hosts(std::string_view text) {
  host_table out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    line = line.substr(0, line.find('#'));
    boost::system::error_code ec;
    const auto address = asio::ip::make_address(next_word(line), ec);
    if (ec) continue;
    for (std::string name = next_word(line); !name.empty(); name = next_word(line)) out[name].push_back(address);
  }
  return out;
}

host_table read_hosts(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text(largest_file, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  return parse_hosts(text);
}

}  // namespace trawl::net
