#include "config/bind.hpp"
#include "config/document/text.hpp"
#include "config/print/values.hpp"

namespace trawl::config {
namespace {

/// Keys are the job's own words; every value's text is looked through.
void redact(json& v, std::span<const std::string> secrets) {
  if (v.is_string()) v = without_secrets(v.get<std::string>(), secrets);
  if (v.is_structured())
    for (auto& item : v) redact(item, secrets);
}

/// A scalar, or a short list, as it stands behind a key. JSON text is YAML.
std::string flow(const json& v) { return v.dump(-1, ' ', false, json::error_handler_t::replace); }

bool fits_a_line(const json& v) {
  if (!v.is_structured() || v.empty()) return true;
  return v.is_array() && std::ranges::none_of(v, [](const json& item) { return item.is_structured(); });
}

void block(std::string& out, const json& v, const std::string& indent) {
  const auto put = [&](const std::string& lead, const json& item) {
    out += indent + lead;
    if (fits_a_line(item)) {
      out += " " + flow(item) + "\n";
    } else {
      out += "\n";
      block(out, item, indent + "  ");
    }
  };
  if (v.is_object())
    for (const auto& [name, item] : v.items())
      put((name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos ? name : flow(name)) + ":", item);
  else if (v.is_array())
    for (const json& item : v) put("-", item);
}

}  // namespace

json hidden(json v) {
  if (v.is_structured()) {
    for (auto& item : v) item = hidden(item);
    return v;
  }
  return v.is_null() ? v : json("***");
}

json write(const node& v) { return to_plain_json(v); }

json to_json(const job& j, std::span<const std::string> secrets) {
  json out = write(j);
  redact(out, secrets);
  return out;
}

json to_json(const server& s, std::span<const std::string> secrets) {
  json out = write(s);
  redact(out, secrets);
  return out;
}

std::string to_yaml(const json& value) {
  if (fits_a_line(value)) return flow(value) + "\n";
  std::string out;
  block(out, value, "");
  return out;
}

}  // namespace trawl::config
