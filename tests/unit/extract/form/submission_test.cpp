// HTML Standard, 4.10.21.3 (form submission algorithm) and what it calls.
#include "crawler/extract/form/submission.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace trawl::extract {
namespace {

using ::testing::HasSubstr;

const url::url here = *url::parse("https://h.test/dir/login?next=%2F#top");

/// The first form of `markup`, submitted from `here` as a browser would.
std::expected<request, std::string> send(std::string_view markup, const form_values& values = {}, std::string_view charset = "utf-8", const url::url& from = here) {
  const html::document page(markup);
  html::node form = page.root();
  while (form && !form.is("form")) form = form.following(page.root());
  return submission({page.root(), from, charset}, form, values);
}

std::string body(std::string_view markup, const form_values& values = {}, std::string_view charset = "utf-8") {
  const auto r = send("<form method=post>" + std::string(markup) + "</form>", values, charset);
  return r ? r->body : r.error();
}

std::string field_of(const request& r, std::string_view name) {
  for (const auto& [key, value] : r.headers)
    if (key == name) return value;
  return "(none)";
}

TEST(FormSubmission, PostSendsWhatAnUntouchedFormHoldsAndWhatIsFilledIn) {
  const auto r = send("<form action=/in method=POST><input type=hidden name=csrf value='a&b'><input name=user><input type=password name=pw>"
                      "<input type=submit name=go value='Log in'></form>", {{"user", "me@h"}, {"pw", "s p"}});
  ASSERT_TRUE(r) << r.error();
  EXPECT_EQ(r->url, "https://h.test/in");
  EXPECT_EQ(r->method, "POST");
  EXPECT_FALSE(r->idempotent);
  EXPECT_EQ(r->body, "csrf=a%26b&user=me%40h&pw=s+p&go=Log+in");
  EXPECT_EQ(field_of(*r, "Content-Type"), "application/x-www-form-urlencoded");
}

// 4.10.21.3: "If action is the empty string, let action be the URL of the form document", whatever its base.
TEST(FormSubmission, AnActionThatIsMissingOrEmptyIsThePageItself) {
  for (const char* form : {"<base href=/elsewhere/><form method=post></form>", "<base href=/elsewhere/><form method=post action=''></form>"}) EXPECT_EQ(send(form)->url, "https://h.test/dir/login?next=%2F");
  EXPECT_EQ(send("<base href=/elsewhere/><form method=post action=in></form>")->url, "https://h.test/elsewhere/in");
  EXPECT_EQ(send("<base><base href=https://o.test/x/><base href=/second/><form method=post action=in></form>")->url, "https://o.test/x/in");
}

// "Mutate action URL": the query is replaced.
TEST(FormSubmission, GetPutsTheEntriesIntoTheQuery) {
  const auto r = send("<form action='/find?old=1#f'><input name=q value='a b'></form>");
  EXPECT_EQ(r->url, "https://h.test/find?q=a+b");
  EXPECT_EQ(r->method, "GET");
  EXPECT_EQ(r->body, "");
  EXPECT_EQ(send("<form method=moon></form>")->url, "https://h.test/dir/login?");
}

// 4.10.19.6: formaction, formmethod and formenctype of the submitter win.
TEST(FormSubmission, TheButtonsOwnWordsWin) {
  const auto r = send("<form action=/a><button formaction=/b formmethod=post formenctype=multipart/form-data name=x value=1>go</button></form>");
  EXPECT_EQ(r->url, "https://h.test/b");
  EXPECT_EQ(r->method, "POST");
  EXPECT_THAT(field_of(*r, "Content-Type"), HasSubstr("multipart/form-data; boundary="));
}

TEST(FormSubmission, WhatSendsNothingIsSaid) {
  EXPECT_THAT(send("<form method=dialog></form>").error(), HasSubstr("dialog"));
  EXPECT_THAT(send("<form action='mailto:a@b'></form>").error(), HasSubstr("no http or https URL"));
  EXPECT_THAT(send("<form action='http://[x'></form>").error(), HasSubstr("no http or https URL"));
}

// Referrer Policy, 8.3: strict-origin-when-cross-origin. Fetch, 3.2: Origin goes with what is not GET.
TEST(FormSubmission, SaysWhereItComesFrom) {
  const auto same = send("<form method=post action=/in></form>");
  EXPECT_EQ(field_of(*same, "Referer"), "https://h.test/dir/login?next=%2F");
  EXPECT_EQ(field_of(*same, "Origin"), "https://h.test");
  const auto other = send("<form method=post action=https://o.test/in></form>");
  EXPECT_EQ(field_of(*other, "Referer"), "https://h.test/");
  EXPECT_EQ(field_of(*other, "Origin"), "https://h.test");
  EXPECT_EQ(field_of(*send("<form method=post action=http://h.test/in></form>"), "Referer"), "(none)");
  EXPECT_EQ(field_of(*send("<form></form>"), "Origin"), "(none)");
}

// 4.10.21.7. A file control in which nothing was chosen is an empty file (4.10.21.4, step 5.8).
TEST(FormSubmission, Multipart) {
  const auto r = send("<form method=post enctype=multipart/form-data><input name='a\"b' value=1><textarea name=t>x\ny</textarea><input type=file name=f></form>");
  std::string type = field_of(*r, "Content-Type");
  const std::string boundary = type.substr(type.find('=') + 1);
  EXPECT_EQ(r->body, "--" + boundary + "\r\nContent-Disposition: form-data; name=\"a%22b\"\r\n\r\n1\r\n--" + boundary +
                         "\r\nContent-Disposition: form-data; name=\"t\"\r\n\r\nx\r\ny\r\n--" + boundary +
                         "\r\nContent-Disposition: form-data; name=\"f\"; filename=\"\"\r\nContent-Type: application/octet-stream\r\n\r\n\r\n--" + boundary + "--\r\n");
  EXPECT_LE(boundary.size(), 70U);  // RFC 2046, 5.1.1
}

TEST(FormSubmission, PlainText) {
  const auto r = send("<form method=post enctype=text/plain><input name=a value=1><input name=b value='2 3'></form>");
  EXPECT_EQ(r->body, "a=1\r\nb=2 3\r\n");
  EXPECT_EQ(field_of(*r, "Content-Type"), "text/plain");
}

// 4.10.21.4: "replace every occurrence of U+000D (CR) not followed by U+000A (LF), and every … LF not preceded by … CR, by … CR LF".
TEST(FormSubmission, LineEndsAreCrlf) { EXPECT_EQ(body("<textarea name=t>\na\nb</textarea>", {{"s", "x\ry\r\nz"}}), "t=a%0D%0Ab&s=x%0D%0Ay%0D%0Az"); }

// 4.10.21.5, "picking an encoding for the form"; URL Standard, 5.2: what cannot be encoded is a decimal reference.
TEST(FormSubmission, IsSentInThePagesEncoding) {
  EXPECT_EQ(body("<input name=a value='\xC3\xA9'>", {}, "windows-1252"), "a=%E9");
  EXPECT_EQ(body("<input name=a value='\xE2\x82\xAC \xD0\x96'>", {}, "windows-1252"), "a=%80+%26%231046%3B");
  EXPECT_EQ(body("<input name=a value='\xD0\x96'>", {}, "koi8-r"), "a=%F6");
  EXPECT_EQ(body("<input name=a value='\xE3\x81\x82'>", {}, "shift_jis"), "a=%82%A0");
  EXPECT_EQ(body("<input name=a value='\xC3\xA9'>", {}, "utf-16le"), "a=%C3%A9");  // get an output encoding
  EXPECT_EQ(send("<form method=post accept-charset='moon latin1'><input name=a value='\xC3\xA9'></form>")->body, "a=%E9");
  EXPECT_EQ(send("<form method=post accept-charset='moon'><input name=a value='\xC3\xA9'></form>", {}, "windows-1252")->body, "a=%C3%A9");
}

// 4.10.21.4, step 5.9.
TEST(FormSubmission, CharsetFieldSaysTheEncoding) {
  EXPECT_EQ(body("<input type=hidden name=_charset_ value=x>"), "_charset_=UTF-8");
  EXPECT_EQ(body("<input type=hidden name=_charset_>", {}, "windows-1252"), "_charset_=windows-1252");
  EXPECT_EQ(body("<input name=_charset_ value=x>"), "_charset_=x");
}

}  // namespace
}  // namespace trawl::extract
