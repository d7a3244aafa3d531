#include "server/auth.hpp"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include "crawler/model/response.hpp"

namespace trawl::server {
namespace {

constexpr std::size_t shortest_token = 16;
constexpr std::size_t longest_token = 512;

std::string hex(const unsigned char* bytes, std::size_t size) {
  std::string out;
  for (std::size_t i = 0; i < size; ++i) {
    out += "0123456789abcdef"[bytes[i] >> 4];
    out += "0123456789abcdef"[bytes[i] & 15];
  }
  return out;
}

/// root makes a file for the user whom the directory belongs to: a token that the service can't read would be none.
bool give_to_owner_of(const std::filesystem::path& directory, int fd) {
  struct stat owner {};
  if (::geteuid() != 0) return true;
  return ::stat(directory.c_str(), &owner) == 0 && ::fchown(fd, owner.st_uid, owner.st_gid) == 0;
}

std::string first_line(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string line;
  if (!in || !std::getline(in, line)) throw std::runtime_error(file.string() + ": no token can be read from it");
  while (line.ends_with('\r') || line.ends_with(' ')) line.pop_back();
  return line;
}

}  // namespace

std::string sha256_hex(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> out{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data());
  return hex(out.data(), out.size());
}

bool keyring::holder::may(permission what) const noexcept {
  return std::ranges::any_of(permissions, [what](permission p) { return p == what || p == permission::admin; });
}

keyring::keyring(const std::vector<token_source>& sources) {
  for (const token_source& s : sources) {
    key k;
    k.who = {s.name, s.permissions};
    if (s.sha256.empty()) {
      const std::string token = first_line(s.file);
      if (token.size() < shortest_token) throw std::runtime_error(s.file.string() + ": a token has at least 16 characters");
      SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(), k.hash.data());
    } else {
      if (s.sha256.size() != 2 * k.hash.size() || s.sha256.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
        throw std::runtime_error("token " + s.name + ": sha256 has 64 hex digits");
      for (std::size_t i = 0; i < k.hash.size(); ++i) k.hash[i] = static_cast<unsigned char>(std::stoi(s.sha256.substr(2 * i, 2), nullptr, 16));
    }
    keys_.push_back(std::move(k));
  }
}

const keyring::holder* keyring::identify(std::string_view authorization) const {
  constexpr std::string_view scheme = "Bearer ";
  if (authorization.size() < scheme.size() || !equal_ignoring_case(authorization.substr(0, scheme.size()), scheme)) return nullptr;
  std::string_view token = authorization.substr(scheme.size());
  while (token.starts_with(' ')) token.remove_prefix(1);
  if (token.size() > longest_token) return nullptr;
  digest shown;
  SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(), shown.data());
  const holder* who = nullptr;
  for (const key& k : keys_)  // to the end, whichever fits
    if (CRYPTO_memcmp(k.hash.data(), shown.data(), shown.size()) == 0) who = &k.who;
  return who;
}

token_source own_token(const std::filesystem::path& data, bool& made) {
  token_source out{"own", data / "token", "", {permission::admin}};
  std::filesystem::create_directories(data);
  made = false;
  if (std::filesystem::exists(out.file)) return out;
  std::array<unsigned char, 32> random;
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) throw std::runtime_error("no random bytes for a token");
  const int fd = ::open(out.file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), out.file.string());
  const std::string line = hex(random.data(), random.size()) + "\n";
  const bool written = ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && give_to_owner_of(data, fd) && ::fsync(fd) == 0;
  const int why = errno;
  ::close(fd);
  if (!written) {
    std::filesystem::remove(out.file);
    throw std::system_error(why, std::generic_category(), out.file.string());
  }
  made = true;
  return out;
}

bool names_this_machine(std::string_view host) noexcept {
  std::string_view name = host;
  if (host.starts_with('[')) {
    const std::size_t close = host.find(']');
    if (close == std::string_view::npos) return false;
    name = host.substr(1, close - 1);
  } else if (const std::size_t colon = host.rfind(':'); colon != std::string_view::npos) {
    name = host.substr(0, colon);
  }
  if (equal_ignoring_case(name, "localhost")) return true;
  boost::system::error_code ec;
  const auto address = boost::asio::ip::make_address(name, ec);
  return !ec && address.is_loopback() && address.is_v6() == host.starts_with('[');
}

bool is_same_origin(std::optional<std::string_view> sec_fetch_site, std::optional<std::string_view> origin, std::string_view host) noexcept {
  if (sec_fetch_site && *sec_fetch_site != "same-origin" && *sec_fetch_site != "none") return false;
  if (!origin) return true;
  const std::size_t start = origin->find("://");
  return start != std::string_view::npos && equal_ignoring_case(origin->substr(start + 3), host);
}

}  // namespace trawl::server
