#include "crawler/engine/login/login_plan.hpp"

#include <algorithm>

#include "crawler/engine/page.hpp"
#include "crawler/extract/fields.hpp"
#include "crawler/extract/form/submission.hpp"
#include "crawler/extract/links.hpp"
#include "crawler/extract/page_scan.hpp"
#include "crawler/html/ascii.hpp"
#include "crawler/html/charset.hpp"
#include "crawler/html/document.hpp"
#include "crawler/url/domain.hpp"

namespace trawl::engine {
namespace {

html::node first_match(const html::selector& wanted, html::node root, html::match_budget& budget) {
  if (!root) return {};
  for (const html::selector_match match : wanted.select(root, budget)) return match.element;
  return {};
}

/// Whether "<form" stands anywhere: without it no tree is worth while.
bool names_a_form(std::string_view text) noexcept {
  for (std::size_t at = text.find('<'); at != std::string_view::npos; at = text.find('<', at + 1))
    if (html::starts_ignoring_case(text.substr(at + 1), "form")) return true;
  return false;
}

std::string_view content_type_of(const response& page) { return page.header("content-type").value_or(""); }

std::string in_words(const error& why) { return std::string(to_string(why.code)) + (why.detail.empty() ? "" : ", " + why.detail); }

}  // namespace

bool is_same_page(const url::url& where, const url::url& page) {
  if (where.host_port() != page.host_port() || where.path != page.path) return false;
  const std::string query = '&' + where.query.value_or("") + '&';
  std::string_view rest = page.query ? std::string_view(*page.query) : std::string_view();
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find('&'));
    if (query.find('&' + std::string(part) + '&') == std::string::npos) return false;
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
  }
  return true;
}

login_plan::login_plan(const config::login& settings, std::vector<job_problem>& problems) : settings_(settings), page_(url::parse(settings.page).value_or(url::url{})) {
  extract::problem_list found;
  form_ = extract::compile_selector(settings.form, "fetch.login.form", found);
  if (form_.has_pseudo_element()) found.emplace_back("fetch.login.form", "selects an element; no ::text, ::attr() or ::html");
  if (settings.ok) {
    ok_ = extract::compile_selector(*settings.ok, "fetch.login.ok", found);
    if (ok_->has_pseudo_element()) found.emplace_back("fetch.login.ok", "selects an element; no ::text, ::attr() or ::html");
  }
  for (auto& [path, message] : found) problems.push_back({std::move(path), std::move(message)});
}

result<std::optional<request>> login_plan::fill_in(const response& login_page) const {
  const auto failed = [this](const std::string& why) { return fail(errc::login_failed, "the login page " + page_.without_fragment() + ' ' + why); };
  if (login_page.stopped) return failed("can't be read: " + in_words(*login_page.stopped));
  const auto address = url::parse(login_page.final_url);
  if (!address || !is_html(login_page)) return failed("is no page of HTML; it was answered with " + std::to_string(login_page.status));
  html::decoded text;
  html::decode(login_page.body, content_type_of(login_page), text);
  const html::document tree(text.text);
  html::match_budget budget;
  const html::node form = extract::form_of(first_match(form_, tree.root(), budget));
  if (!form && ok_ && first_match(*ok_, tree.root(), budget)) return std::nullopt;
  if (!form) return failed("has no form '" + settings_.form + "'; it was answered with " + std::to_string(login_page.status));
  auto filled = extract::submission({tree.root(), *address, text.charset}, form, settings_.set);
  if (!filled) return failed("can't be submitted: " + filled.error());
  return std::move(*filled);
}

login_plan::sight login_plan::look(const response& page, bool needs_ok) const {
  sight out;
  if (page.body_skipped || page.body.empty() || !is_html(page)) return out;
  html::decoded text;
  html::decode(page.body, content_type_of(page), text);
  if (!(ok_ && needs_ok) && !names_a_form(text.text)) return out;
  const html::document tree(text.text);
  html::match_budget budget;
  out.ok = ok_ && first_match(*ok_, tree.root(), budget);
  out.form = static_cast<bool>(extract::form_of(first_match(form_, tree.root(), budget)));
  return out;
}

std::optional<error> login_plan::judge(const response& answer) const {
  const auto failed = [](const std::string& why) { return error{errc::login_failed, "the answer to the login form " + why}; };
  if (answer.stopped) return failed("can't be read: " + in_words(*answer.stopped));
  const sight seen = look(answer, true);
  const std::string status = std::to_string(answer.status);
  if (ok_) return seen.ok ? std::nullopt : std::optional(failed("(" + status + ") has no '" + *settings_.ok + "'"));
  if (answer.status >= 400) return failed("is " + status);
  return seen.form ? std::optional(failed("(" + status + ") is the form again")) : std::nullopt;
}

std::optional<std::string> login_plan::look_elsewhere(const response& answer) const {
  const auto address = url::parse(answer.final_url);
  if (answer.stopped || answer.status >= 400 || !address) return std::nullopt;
  if (!is_html(answer)) return page_.without_fragment();
  html::decoded text;
  html::decode(answer.body, content_type_of(answer), text);
  const auto scan = extract::scan_page(text.text, false);
  for (auto&& found : extract::links(scan, *address))
    if (found.value.kind == link_kind::meta_refresh) return std::move(found.value.url);
  return std::nullopt;
}

bool login_plan::is_of_site(const url::url& where) const {
  return where.host && page_.host && url::registrable_domain(*where.host) == url::registrable_domain(*page_.host);
}

bool login_plan::shows_login(const response& page, bool is_login_page) const {
  if (page.truncated != truncation::none) return false;  // what is missing may be behind the cut
  const sight seen = look(page, is_login_page);
  return !seen.ok && (seen.form || (is_login_page && ok_));
}

}  // namespace trawl::engine
