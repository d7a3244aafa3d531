// Reflection: what is said of each member of a described struct, once. Parsing, validation, schema, --set and the reference page all
// come from these rows and from Boost.Describe's list of members.
#pragma once
#include <boost/describe.hpp>
#include <boost/mp11.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "config/document/node.hpp"

namespace trawl::config {

/// Whether a key does what it says yet. One that does not is refused where it is written, be it at its default, and printed nowhere.
enum class state : std::uint8_t {
  ready,
  later,
};

/// One member's row: name, words for people, bounds for numbers (durations in seconds, sizes in bytes).
struct row {
  std::string_view name, doc;
  double min = 0, max = std::numeric_limits<double>::infinity();
  trust who = trust::any;
  state is = state::ready;
  bool secret = false;
  bool required = false;  ///< a table without it means nothing; in the record: always there
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

/// Calls f(name) for each value of a described enum in order; a trailing '_' (a keyword's) is not part of the name.
template <class E, class F>
void for_each_word(F&& f) {
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
    std::string_view name = d.name;
    if (name.ends_with('_')) name.remove_suffix(1);
    f(name, d.value);
  });
}

/// The rows are in the members' order and under their names; checked by a test for every struct. A member `default_` is the key default.
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
