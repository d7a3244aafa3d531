#include "crawler/net/failure.hpp"

#include <boost/asio/error.hpp>

namespace trawl::net {

namespace asio = boost::asio;

error failure_of(const boost::system::error_code& ec, errc otherwise) {
  if (ec == asio::error::operation_aborted) return {errc::cancelled, ""};
  if (ec == asio::error::connection_reset) return {errc::connect_reset, "reset by the server"};  // also while it connects
  if (ec == asio::error::connection_refused) return {errc::connect_refused, "connection refused"};
  if (ec == asio::error::host_unreachable || ec == asio::error::network_unreachable) return {errc::connect_unreachable, ec.message()};
  if (ec == asio::error::no_descriptors || ec == boost::system::errc::too_many_files_open_in_system) return {errc::internal, "no file descriptor is free"};
  if (ec == asio::error::timed_out) return {errc::connect_timeout, "connection timed out"};
  return {otherwise, ec.message()};
}

}  // namespace trawl::net
