// Prometheus' text format 0.0.4, as it is written.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "crawler/model/latency_histogram.hpp"

namespace trawl::server::api {

/// Writes one metric after another; all values of one stand together. Label values are our own words: no quote, backslash or line end.
class exposition {
 public:
  using label = std::pair<std::string_view, std::string_view>;

  /// `type`: counter, gauge or histogram.
  void metric(std::string_view name, std::string_view type, std::string_view help);
  void value(double v, std::initializer_list<label> labels = {});
  void value(std::uint64_t v, std::initializer_list<label> labels = {});
  void value(const latency_histogram::numbers& n, std::initializer_list<label> labels = {});

  std::string text;

 private:
  void begin_line(std::string_view suffix, std::initializer_list<label> labels, std::string_view le = {});

  std::string_view name_;
};

/// What Prometheus' own client libraries say of a process, under their names. `started`: seconds since the epoch.
void put_process(exposition& to, double started);

}  // namespace trawl::server::api
