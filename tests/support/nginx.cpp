#include "tests/support/nginx.hpp"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

namespace trawl::testing {
namespace {

std::filesystem::path fresh_dir() {
  static std::atomic<int> number = 0;
  return std::filesystem::temp_directory_path() / ("trawl-test-nginx-" + std::to_string(::getpid()) + "-" + std::to_string(number++));
}

std::vector<nginx_request> read_log(const std::filesystem::path& file) {
  std::vector<nginx_request> out;
  std::ifstream in(file);
  nginx_request r;
  std::string reused;
  while (in >> r.method >> r.target >> r.status >> r.connection >> r.http >> r.tls >> reused >> r.client) {
    r.took_up_session = reused == "r";
    out.push_back(r);
  }
  return out;
}

}  // namespace

std::string brotli_module() {
  const std::string at = "/usr/lib/nginx/modules/ngx_http_brotli_filter_module.so";
  return std::filesystem::exists(at) ? at : std::string();
}

nginx::nginx(const std::map<std::string, std::string>& pages, const nginx_shape& shape) : dir_(fresh_dir()), speaks_tls_(shape.ca != nullptr) {
  std::filesystem::create_directories(dir_);
  for (const auto& [path, text] : pages) write("pages" + path, text);
  if (speaks_tls_) {
    const site::identity id = shape.ca->issue();
    write("cert.pem", id.certificate);
    write("key.pem", id.key);
  }
  const std::uint16_t port = free_port();
  server_.emplace(std::vector<std::string>{"nginx", "-p", dir_.string(), "-e", "stderr", "-c", "{file}"}, port, configuration(port, shape));
}

nginx::~nginx() {
  server_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(dir_, ignored);
}

void nginx::write(const std::string& name, const std::string& text) const {
  std::filesystem::create_directories((dir_ / name).parent_path());
  std::ofstream(dir_ / name, std::ios::binary) << text;
}

std::string nginx::configuration(std::uint16_t port, const nginx_shape& shape) const {
  const std::string at = dir_.string() + "/", brotli = brotli_module();
  std::string out = brotli.empty() ? "" : "load_module " + brotli + ";\n";
  out += "daemon off; master_process off; pid " + at + "pid;\nevents {}\nhttp {\n";
  out += "log_format asked '$request_method $request_uri $status $connection $server_protocol $ssl_protocol $ssl_session_reused $ssl_client_verify';\n";
  out += "access_log " + at + "log asked; default_type text/html; gzip on; gzip_min_length 1;\n";
  if (!brotli.empty()) out += "brotli on; brotli_min_length 1;\n";
  for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) out += std::string(kind) + "_temp_path " + at + kind + ";\n";
  out += "server {\nlisten 127.0.0.1:" + std::to_string(port) + (speaks_tls_ ? " ssl " : " ") + shape.listen + ";\nroot " + at + "pages;\n";
  if (speaks_tls_) out += "ssl_certificate " + at + "cert.pem; ssl_certificate_key " + at + "key.pem;\n";
  return out + shape.more + "\n} }\n";
}

std::string nginx::url(const std::string& path) const { return (speaks_tls_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(server_->port()) + path; }

std::vector<nginx_request> nginx::log(std::size_t least) const {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  for (;;) {
    auto out = read_log(dir_ / "log");
    if (out.size() >= least || std::chrono::steady_clock::now() > until) return out;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace trawl::testing
