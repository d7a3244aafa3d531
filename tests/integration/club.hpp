// A site that shows its pages to members only: a login form with a token that changes with each load, and sessions by cookie.
#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "tests/support/crawl_run.hpp"

namespace trawl::testing {

/// Its members, tokens and sessions are touched on the server's thread only, and by a case once its crawl has ended.
struct club {
  site::server server{[this](const site::seen_request& r) { return answer(r); }};
  int pages = 10;              ///< /0 to /(pages-1), each linking to the next ones
  int forgets_after = 0;       ///< so many pages after a login all sessions are forgotten; 0: never
  bool logs_in_anybody = false;
  bool says_next = true;       ///< where it redirects to the login, with the page to go on to
  std::set<std::string> tokens, sessions;
  int logins = 0, refused = 0, served = 0, made = 0;

  std::string url(std::string_view target) const { return server.url(target); }
  /// The settings that log in.
  std::string login(std::string_view password = "secret word", std::string_view ok = ".logout") const {
    return fmt::format("fetch.login={{page: \"{}\", form: \"form#login\", set: {{user: me, password: \"{}\"}}{}}}", url("/login"), password,
                       ok.empty() ? "" : fmt::format(", ok: \"{}\"", ok));
  }
  /// The targets that were asked for, in order.
  std::vector<std::string> asked() const {
    std::vector<std::string> out;
    for (const auto& r : server.log()) out.push_back(r.method + ' ' + r.target);
    return out;
  }

  site::reply form() {
    const std::string token = fmt::format("t&{}", ++made);
    tokens.insert(token);
    return site::page(fmt::format("<title>Log in</title><form action='/search'><input name=q></form><form id=login method=post action='/login'><input type=hidden name=csrf value='{}'>"
                            "<input name=user><input type=password name=password><button name=go value=1>in</button></form>", token));
  }
  bool is_member(const site::seen_request& r) const {
    const std::string cookie = r.header("cookie");
    return std::ranges::any_of(sessions, [&](const std::string& s) { return cookie.find("sid=" + s) != std::string::npos; });
  }
  site::reply check(const site::seen_request& r) {
    bool is_right = false;
    for (const std::string& token : tokens) is_right = is_right || r.body == "csrf=t%26" + token.substr(2) + "&user=me&password=secret+word&go=1";
    tokens.clear();
    if (!is_right && !logs_in_anybody) return ++refused, form();
    ++logins;
    served = 0;
    const std::string session = fmt::format("s{}", logins);
    sessions.insert(session);
    return {site::head(302, fmt::format("Location: /home\r\nSet-Cookie: sid={}; HttpOnly\r\nContent-Length: 0\r\n", session))};
  }
  site::reply to_login(const std::string& path) const { return site::redirect(says_next ? "/login?next=" + path : "/login"); }
  site::reply answer(const site::seen_request& r) {
    const std::string path = r.target.substr(0, r.target.find('?'));
    if (path == "/robots.txt") return site::page("User-agent: *\nDisallow: /login", 200, "text/plain");
    if (path == "/login") return r.method == "POST" ? check(r) : form();
    if (!is_member(r)) return to_login(path);
    if (forgets_after > 0 && ++served > forgets_after) return sessions.clear(), to_login(path);
    if (path == "/home") return site::page("<title>home</title><a class=logout href=#>out</a>");
    const int page = std::atoi(path.c_str() + 1);
    std::string links;
    for (int next = page + 1; next < std::min(page + 4, pages); ++next) links += fmt::format("<a href=/{}>n</a>", next);
    return site::page(fmt::format("<title>page {}</title><a class=logout href=#>out</a>{}", page, links));
  }
};

}  // namespace trawl::testing
