// Writing JSON text straight into a string: the record path, where a document object would cost more than the scan of the page.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace trawl {

/// Appends a JSON string with its quotes (RFC 8259, 7). Bytes that are not UTF-8 become U+FFFD, so the output is always valid.
void append_json_string(std::string& out, std::string_view text);

/// Appends members of one JSON object, commas included. Values go in document order; the object's braces are the writer's own.
class json_object {
 public:
  /// Opens '{' on `out`, which outlives the writer.
  explicit json_object(std::string& out) : out_(out) { out_ += '{'; }
  json_object(const json_object&) = delete;
  json_object& operator=(const json_object&) = delete;

  void text(std::string_view key, std::string_view value);
  void number(std::string_view key, std::int64_t value);
  void decimal(std::string_view key, double value);
  void flag(std::string_view key, bool value);
  void null(std::string_view key);
  /// `value` is JSON text already.
  void raw(std::string_view key, std::string_view value);
  /// Writes the key and leaves the value to the caller, who appends to the same string.
  void key(std::string_view name);
  void close() { out_ += '}'; }

 private:
  std::string& out_;
  bool first_ = true;
};

}  // namespace trawl
