// The words that keys of a job file may hold.
#pragma once
#include <boost/describe.hpp>

namespace trawl::config {

enum class within_mode { host, domain, prefix, any };
enum class seed_redirects_mode { domain, any, none };
enum class nofollow_mode { respect, ignore };
enum class duplicates_mode { keep, drop };
enum class robots_mode { obey, ignore };
enum class address_mode { deny, allow };
enum class cache_mode { http, always, offline };
enum class value_type { string, number, integer, boolean, url, date, json };
BOOST_DESCRIBE_ENUM(within_mode, host, domain, prefix, any)
BOOST_DESCRIBE_ENUM(seed_redirects_mode, domain, any, none)
BOOST_DESCRIBE_ENUM(nofollow_mode, respect, ignore)
BOOST_DESCRIBE_ENUM(duplicates_mode, keep, drop)
BOOST_DESCRIBE_ENUM(robots_mode, obey, ignore)
BOOST_DESCRIBE_ENUM(address_mode, deny, allow)
BOOST_DESCRIBE_ENUM(cache_mode, http, always, offline)
BOOST_DESCRIBE_ENUM(value_type, string, number, integer, boolean, url, date, json)

}  // namespace trawl::config
