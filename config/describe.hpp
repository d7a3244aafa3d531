// Reflection: what is said of each member of a described struct, once. Parsing, validation, schema, --set and the reference page all
// come from these rows and from Boost.Describe's list of members.
#pragma once
#include <boost/describe.hpp>
#include <boost/mp11.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace trawl::config {

/// Who may set a key.
enum class trust : std::uint8_t {
  any,       ///< everyone, also a job that comes by HTTP
  operator_, ///< by HTTP only where the server's ceilings allow it
  local,     ///< never by HTTP: it names something on this machine
};

/// Whether a key does what it says yet; one that does not is refused when it is set.
enum class state : std::uint8_t { ready, later };

/// One member's row: name, words for people, bounds for numbers (durations in seconds).
struct row {
  std::string_view name, doc;
  double min = 0, max = std::numeric_limits<double>::infinity();
  trust who = trust::any;
  state is = state::ready;
  bool secret = false;
};

/// Specialised per struct: a static array `rows` with one row a member, in the order of the struct.
template <class T>
struct described;

template <class T>
concept Described = requires { described<T>::rows; };

template <class T>
using members_of = boost::describe::describe_members<T, boost::describe::mod_public>;

/// Calls f(member pointer, row) for each member in order.
template <Described T, class F>
void for_each_member(F&& f) {
  constexpr std::size_t count = boost::mp11::mp_size<members_of<T>>::value;
  static_assert(std::size(described<T>::rows) == count, "each member has a row, each row a member");
  std::size_t i = 0;
  boost::mp11::mp_for_each<members_of<T>>([&](auto d) { f(d.pointer, described<T>::rows[i++]); });
}

/// The rows are in the members' order and under their names (a last '_' keeps a member off a word of C++); checked by a test for every
/// struct.
template <Described T>
bool rows_fit() {
  bool fit = true;
  std::size_t i = 0;
  boost::mp11::mp_for_each<members_of<T>>([&](auto d) {
    std::string_view name = d.name;
    if (name.ends_with('_')) name.remove_suffix(1);
    fit = fit && described<T>::rows[i++].name == name;
  });
  return fit;
}

}  // namespace trawl::config
