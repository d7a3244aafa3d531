// The words about a route: what its call does, takes and answers. The API's document and its page are made from them.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

namespace trawl::server::http {

/// What a parameter's value is.
enum class value_kind : std::uint8_t {
  text,
  number,  ///< a whole one, from 0
  flag,    ///< true or false
};

/// A parameter of the query or of the path, or a header of the request.
struct parameter_words {
  std::string_view name, says;
  value_kind is = value_kind::text;
  std::string_view words = {};    ///< the values there are, with blanks between; empty: any
  std::string_view example = {};
};

/// An answer, or a request's body: its media type, and the name of its schema in the document; both empty: nothing.
struct body_words {
  std::string_view type, schema;
};

struct answer_words {
  unsigned status = 200;
  std::string_view says;
  body_words body = {};
  std::vector<parameter_words> headers = {};
};

/// Where the names of parameters stand too, in `route::parameters` and in the pattern, they are the same; a test compares them.
struct operation {
  std::string_view id, tag, summary, description = {};
  std::vector<parameter_words> path = {}, query = {}, headers = {};
  std::vector<body_words> takes = {};        ///< one for each media type of the request's body
  std::vector<answer_words> answers = {};
  std::vector<unsigned> problems = {};       ///< statuses of problem details, beside 400, 401 and 403
};

}  // namespace trawl::server::http
