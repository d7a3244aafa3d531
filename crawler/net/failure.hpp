// What a failed socket operation means for a URL.
#pragma once
#include <boost/system/error_code.hpp>

#include "crawler/model/error.hpp"

namespace trawl::net {

/// The contract's code for what the system says, `otherwise` for what has none. Pure.
error failure_of(const boost::system::error_code& ec, errc otherwise);

}  // namespace trawl::net
