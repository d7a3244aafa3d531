// The other direction, all from the same rows: a job as JSON or YAML, the schemas, a commented file, the pages of the reference.
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/job.hpp"
#include "config/server.hpp"

namespace trawl::config {

/// In the file's own words. Credentials, userinfo in URLs and every one of `secrets` are ***.
nlohmann::ordered_json to_json(const job& j, std::span<const std::string> secrets = {});
nlohmann::ordered_json to_json(const server& s, std::span<const std::string> secrets = {});
/// The same values in YAML's block style; read back they are equal.
std::string to_yaml(const nlohmann::ordered_json& value);

/// JSON Schema 2020-12.
nlohmann::ordered_json job_schema();
nlohmann::ordered_json server_schema();
nlohmann::ordered_json record_schema();
nlohmann::ordered_json errors_schema();

/// A commented job file with every key at its default. `url` is the first seed.
std::string commented_job(const std::string& url);

/// A page of docs/reference in Markdown: job, server, record or errors; nullopt for another word.
std::optional<std::string> reference_page(std::string_view which);

}  // namespace trawl::config
