// A job's fetch.login, compiled: which form is filled in, whether that worked, and what a page looks like to somebody who is not logged in. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/job.hpp"
#include "crawler/engine/crawl.hpp"
#include "crawler/html/selector.hpp"
#include "crawler/model/request.hpp"
#include "crawler/model/response.hpp"
#include "crawler/url/url.hpp"

namespace trawl::engine {

/// Immutable: any thread. What has to look at a page builds its tree, so it belongs on the CPU pool.
class login_plan {
 public:
  /// What is wrong with the selectors goes to `problems`; the plan is usable only when there is nothing.
  login_plan(const config::login& settings, std::vector<job_problem>& problems);

  const url::url& page() const noexcept { return page_; }

  /// The request that sends the form of the login page, filled in; nullopt where the page shows that nothing has to be done (`ok` is there and
  /// the form is not). errors: login.failed, and why.
  result<std::optional<request>> fill_in(const response& login_page) const;
  /// What is wrong with the answer to the form; nullopt: logged in. With `ok`, that is on it; without, it is no error and has no such form.
  std::optional<error> judge(const response& answer) const;
  /// Where the proof may be that an answer lacks: where its meta refresh leads, or, for an answer that is no page, the login page.
  std::optional<std::string> look_elsewhere(const response& answer) const;

  /// Is it on the login page's site: the registrable domain, or the host where there is none?
  bool is_of_site(const url::url& where) const;
  /// Does the page show the form and not `ok`? `is_login_page`: redirects have led to the login page; then the lack of `ok` is enough.
  bool shows_login(const response& page, bool is_login_page) const;

 private:
  struct sight {
    bool ok = false, form = false;
  };
  /// `needs_ok`: ok counts even where there is no form; without either no tree is built.
  sight look(const response& page, bool needs_ok) const;

  const config::login& settings_;
  url::url page_;
  html::selector form_;
  std::optional<html::selector> ok_;
};

/// Is `where` the page, whatever has been added to its query? A server adds where to go afterwards.
bool is_same_page(const url::url& where, const url::url& page);

}  // namespace trawl::engine
