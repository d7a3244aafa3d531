// Percent-encoding and the UTF-8 that it works on (URL Standard, 1.3).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace trawl::url {

/// The percent-encode sets of the standard, each with what it adds to the C0 control set.
enum class encode_set : std::uint8_t {
  c0_control,
  fragment,
  query,
  special_query,
  path,
  userinfo,
  form,
};

constexpr bool is_encoded(unsigned char byte, encode_set set) noexcept {
  const auto one_of = [byte](std::string_view members) { return members.find(static_cast<char>(byte)) != std::string_view::npos; };
  if (byte < 0x20 || byte > 0x7E) return true;
  switch (set) {
    case encode_set::c0_control: return false;
    case encode_set::fragment: return one_of(" \"<>`");
    case encode_set::query: return one_of(" \"#<>");
    case encode_set::special_query: return one_of(" \"#<>'");
    case encode_set::path: return one_of(" \"#<>?^`{}");
    case encode_set::userinfo: return one_of(" \"#<>?^`{}/:;=@[\\]|");
    case encode_set::form: return !((byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || one_of("*-._"));
  }
  return true;
}
/// Appends `text` percent-encoded. Escapes that are there already stay.
void append_encoded(std::string& out, std::string_view text, encode_set set);
/// Decodes %xx; what is no escape stays.
std::string percent_decode(std::string_view text);
/// `text` with every ill-formed sequence replaced by U+FFFD (Encoding Standard, UTF-8 decoder).
std::string to_valid_utf8(std::string_view text);
/// Whether every sequence is well-formed. Linear; runs of ASCII at memory speed.
bool is_valid_utf8(std::string_view text) noexcept;
bool is_ascii(std::string_view text) noexcept;
int hex_value(char c) noexcept;  ///< -1 if c is no hex digit

}  // namespace trawl::url
