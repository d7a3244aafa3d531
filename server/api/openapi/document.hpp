// GET /openapi.json: the API as an OpenAPI 3.1 document, made from the route table, the words about its routes and the structs' schemas.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/router.hpp"

namespace trawl::server::api {

/// A route, and what is said of it.
struct described_route {
  std::string_view method, pattern;
  http::operation words;
};

/// What is said of every path of the contract, those that this version does not have included.
const std::vector<described_route>& operations();

/// Gives the routes of the table their words.
void describe_routes(http::router& to);

/// The whole document; each route of the table stands in it, but parts of pages. Throws std::logic_error where a route
/// has no words, or its words name other parameters than it has: a mistake that a test finds.
nlohmann::ordered_json openapi(const http::router& routes);

}  // namespace trawl::server::api
