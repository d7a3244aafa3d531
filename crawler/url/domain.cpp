#include "crawler/url/domain.hpp"

#include <libpsl.h>

#include <string>

#include "crawler/url/host.hpp"

namespace trawl::url {

std::string_view registrable_domain(std::string_view host) noexcept {
  if (is_address(host)) return host;
  const std::string name(host.ends_with('.') ? host.substr(0, host.size() - 1) : host);
  const psl_ctx_t* list = psl_builtin();
  if (list == nullptr) return host;
  const char* domain = psl_registrable_domain(list, name.c_str());
  if (domain == nullptr) return host;
  return host.substr(static_cast<std::size_t>(domain - name.c_str()));
}

bool is_public_suffix(std::string_view host) noexcept {
  if (host.empty() || is_address(host)) return false;
  const std::string name(host.ends_with('.') ? host.substr(0, host.size() - 1) : host);
  const psl_ctx_t* list = psl_builtin();
  return list != nullptr && psl_is_public_suffix(list, name.c_str()) == 1;
}

}  // namespace trawl::url
