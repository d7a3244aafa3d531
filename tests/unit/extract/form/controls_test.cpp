// HTML Standard, 4.10.21.4 (constructing the entry list), of a page that nobody has touched.
#include "crawler/extract/form/controls.hpp"

#include <gtest/gtest.h>


namespace trawl::extract {
namespace {

html::node first(const html::document& page, std::string_view name) {
  html::node n = page.root();
  while (n && !n.is(name)) n = n.following(page.root());
  return n;
}

/// "name=value" of each entry of the first form, comma between them.
std::string sent(std::string_view markup, const form_values& values = {}) {
  const html::document page(markup);
  const form_controls controls(page.root(), first(page, "form"));
  const auto entries = controls.entries(controls.submitter(values), "UTF-8", values);
  if (!entries) return entries.error();
  std::string out;
  for (const form_entry& e : *entries) out += (out.empty() ? "" : ",") + e.name + '=' + e.value;
  return out;
}
std::string inside(std::string_view markup, const form_values& values = {}) { return sent("<form>" + std::string(markup) + "</form>", values); }

TEST(FormControls, OfEveryTypeInTheOrderOfThePage) {
  EXPECT_EQ(inside("<input name=a value=1><textarea name=b>\n 2 </textarea><input type=hidden name=c value=3><select name=d><option>4</select><input name=e>"), "a=1,b= 2 ,c=3,d=4,e=");
}

TEST(FormControls, WithoutANameSendNothing) { EXPECT_EQ(inside("<input value=1><input name='' value=2><select><option>3</select><textarea>4</textarea>"), ""); }

// Step 5.1: an unchecked checkbox or radio button is not sent; a checked one without value is "on".
TEST(FormControls, BoxesOnlyWhenChecked) {
  EXPECT_EQ(inside("<input type=checkbox name=a value=1><input type=CHECKBOX name=b checked><input type=checkbox name=c value=3 checked>"), "b=on,c=3");
  EXPECT_EQ(inside("<input type=radio name=r value=1 checked><input type=radio name=r value=2 checked><input type=radio name=r value=3>"), "r=2");  // 4.10.5.1.16
}

// 4.10.18.5.
TEST(FormControls, DisabledOnesAreNotSent) {
  EXPECT_EQ(inside("<input name=a disabled><fieldset disabled><legend><input name=b></legend><input name=c><legend><input name=d></legend></fieldset><fieldset><input name=e></fieldset>"), "b=,e=");
  EXPECT_EQ(inside("<fieldset disabled><fieldset><legend><input name=a></legend></fieldset></fieldset>"), "");
}

// Step 5.1: "The field element has a datalist element ancestor."
TEST(FormControls, ThoseInADatalistAreNotSent) { EXPECT_EQ(inside("<datalist><input name=a></datalist><input name=b>"), "b="); }

// 4.10.7, the selectedness setting algorithm, and step 5.6.
TEST(FormControls, SelectSendsItsSelectedOptions) {
  EXPECT_EQ(inside("<select name=s><option value=1>a<option value=2 selected>b</select>"), "s=2");
  EXPECT_EQ(inside("<select name=s><option disabled>a<option> b  c </select>"), "s=b c");
  EXPECT_EQ(inside("<select name=s><optgroup disabled><option>a</optgroup><option>b</select>"), "s=b");
  EXPECT_EQ(inside("<select name=s><option selected>a<option selected>b</select>"), "s=b");
  EXPECT_EQ(inside("<select name=s multiple><option selected>a<option>b<option selected>c<option selected disabled>d</select>"), "s=a,s=c");
  EXPECT_EQ(inside("<select name=s multiple><option>a</select><select name=t size=3><option>b</select>"), "");
}

// 4.10.18.4: the form attribute, and no form at all where it names none.
TEST(FormControls, BelongToTheFormThatTheyName) {
  EXPECT_EQ(sent("<input name=a form=f><form id=f><input name=b><input name=c form=g><input name=d form=none></form><form id=g></form><input name=e form=f>"), "a=,b=,e=");
}

// 13.2.6.4.9: a form between the rows of a table holds nothing in the tree; the parser gives it what follows there.
TEST(FormControls, OfAFormBetweenTheRowsOfATable) {
  EXPECT_EQ(sent("<table><form method=post><tr><td><input name=a></td></tr><tr><td><input name=b></td></tr></form></table><input name=c>"), "a=,b=");
  EXPECT_EQ(sent("<table><tr><form><td><input name=a></form></table><table><tr><td><input name=b></table>"), "a=");
}

// 4.10.21.2: the default button is the first submit button in tree order.
TEST(FormControls, OnlyThePressedButtonIsSent) {
  EXPECT_EQ(inside("<button type=button name=a value=1></button><input type=reset name=b><input type=submit name=c value=3><button name=d value=4></button>"), "c=3");
  EXPECT_EQ(inside("<button name=a value=1 disabled></button><button name=b value=2></button>"), "b=2");
  EXPECT_EQ(inside("<input name=a value=1>"), "a=1");
  EXPECT_EQ(inside("<input type=image name=i><input type=submit name=s>"), "i.x=0,i.y=0");  // step 5.2
  EXPECT_EQ(inside("<input type=image>"), "x=0,y=0");
}

TEST(FormControls, AButtonThatIsFilledInIsPressed) {
  constexpr std::string_view two = "<button name=do value=search></button><button name=do value=login></button><button name=other value=x></button>";
  EXPECT_EQ(inside(two, {{"do", "login"}}), "do=login");
  EXPECT_EQ(inside(two, {{"other", "y"}}), "other=y");
}

TEST(FormControls, WhatIsFilledInTakesTheFieldsPlaceOrIsAdded) {
  EXPECT_EQ(inside("<input name=u value=old><input name=x value=1><input name=u value=second>", {{"u", "new"}, {"z", "9"}}), "u=new,x=1,z=9");
  EXPECT_EQ(inside("<input type=checkbox name=keep value=1><input name=u>", {{"keep", "1"}}), "u=,keep=1");
}

// 4.10.5.1.2 to 6: line ends go from one-line text, blanks around addresses; hidden values are let be.
TEST(FormControls, OneLineTextHasNoLineEnds) {
  EXPECT_EQ(inside("<input name=a value='1\n2'><input type=email name=b value=' x@y '><input type=hidden name=c value='1\n2'>"), "a=12,b=x@y,c=1\n2");
}

// 4.10.18.2.
TEST(FormControls, DirnameSaysTheDirection) { EXPECT_EQ(inside("<p dir=rtl><input name=a dirname=a.dir></p><input name=b dirname=d>"), "a=,a.dir=rtl,b=,d=ltr"); }

TEST(FormControls, InATemplateAreInert) { EXPECT_EQ(inside("<template><input name=a></template><input name=b>"), "b="); }

TEST(FormControls, TooManyAreNone) {
  std::string many;
  for (std::size_t i = 0; i <= most_form_entries; ++i) many += "<input name=a>";
  EXPECT_EQ(inside(many), "the form has more than 10,000 fields or 4 MiB");
}

TEST(FormControls, AnElementInsideLeadsToItsForm) {
  const html::document page("<form id=f><div><input id=i></div></form><p>");
  EXPECT_EQ(form_of(first(page, "input")), first(page, "form"));
  EXPECT_EQ(form_of(first(page, "form")), first(page, "form"));
  EXPECT_FALSE(form_of(first(page, "p")));
  EXPECT_FALSE(form_of({}));
}

}  // namespace
}  // namespace trawl::extract
