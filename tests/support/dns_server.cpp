#include "tests/support/dns_server.hpp"

#include <boost/asio/buffer.hpp>
#include <memory>

namespace trawl::testing {
namespace {

namespace asio = boost::asio;
using bytes = std::vector<unsigned char>;

constexpr std::size_t head_size = 12;
constexpr std::uint16_t type_a = 1, type_aaaa = 28, class_in = 1;

void put(bytes& out, std::uint32_t value, int size) {
  for (int shift = (size - 1) * 8; shift >= 0; shift -= 8) out.push_back(static_cast<unsigned char>(value >> shift));
}

/// RFC 1035, 4.1: the question repeated, then a record for each address.
bytes message(const bytes& question, const dns_reply& how, bool v6) {
  std::vector<asio::ip::address> fitting;
  for (const auto& a : how.found)
    if (a.is_v6() == v6) fitting.push_back(a);
  bytes out(question.begin(), question.begin() + 2);
  if (how.wrong_id) out[0] = static_cast<unsigned char>(out[0] ^ 0x5A);
  put(out, 0x8180U | static_cast<unsigned>(how.code), 2);
  put(out, 1, 2);
  put(out, static_cast<std::uint32_t>(fitting.size()), 2);
  put(out, 0, 4);
  out.insert(out.end(), question.begin() + head_size, question.end());
  for (const auto& a : fitting) {
    put(out, 0xC000U | head_size, 2);  // the name of the question
    put(out, v6 ? type_aaaa : type_a, 2);
    put(out, class_in, 2);
    put(out, how.ttl, 4);
    const auto add = [&](const auto& address) {
      put(out, static_cast<std::uint32_t>(address.size()), 2);
      out.insert(out.end(), address.begin(), address.end());
    };
    v6 ? add(a.to_v6().to_bytes()) : add(a.to_v4().to_bytes());
  }
  return out;
}

}  // namespace

dns_server::dns_server(handler answer) : answer_(std::move(answer)), socket_(loop_, asio::ip::udp::endpoint(asio::ip::address_v4::loopback(), 0)), port_(socket_.local_endpoint().port()) {
  receive();
  thread_ = std::jthread([this] { loop_.run(); });
}

dns_server::~dns_server() { loop_.stop(); }

std::size_t dns_server::asked(const std::string& name, bool v6) const {
  const std::lock_guard lock(mutex_);
  const auto known = asked_.find({name, v6});
  return known == asked_.end() ? 0 : known->second;
}

void dns_server::receive() {
  socket_.async_receive_from(asio::buffer(buffer_), from_, [this](boost::system::error_code ec, std::size_t size) {
    if (!ec) reply(size);
    receive();
  });
}

void dns_server::reply(std::size_t size) {
  std::string name;
  std::size_t at = head_size;
  while (at < size && buffer_[at] != 0) {
    if (!name.empty()) name += '.';
    name.append(reinterpret_cast<const char*>(&buffer_[at + 1]), buffer_[at]);
    at += buffer_[at] + 1U;
  }
  const std::size_t end = at + 5;  // the root label, type and class
  if (end > size) return;
  const bool v6 = buffer_[at + 2] == type_aaaa;
  std::size_t before = 0;
  {
    const std::lock_guard lock(mutex_);
    before = asked_[{name, v6}]++;
  }
  const dns_reply how = answer_(name, v6, before);
  if (how.silent) return;
  const auto out = std::make_shared<bytes>(message(bytes(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(end)), how, v6));
  const auto timer = std::make_shared<asio::steady_timer>(loop_, how.pause);
  timer->async_wait([this, out, timer, to = from_](boost::system::error_code) {
    boost::system::error_code ignored;
    socket_.send_to(asio::buffer(*out), to, 0, ignored);
  });
}

}  // namespace trawl::testing
