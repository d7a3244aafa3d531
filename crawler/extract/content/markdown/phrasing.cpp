#include "crawler/extract/content/markdown/phrasing.hpp"

namespace trawl::extract::markdown {

void phrasing::enter(const outline_entry& e) {
  if (code_depth_ > 0 && e.kind != tag::text && e.kind != tag::code) {
    if (e.kind == tag::br) line.code(" ");
    return;
  }
  switch (e.kind) {
    case tag::text: return code_depth_ > 0 ? line.code(e.node.text()) : line.text(e.node.text());
    case tag::b: return line.open(emphasis::strong);
    case tag::em: return line.open(emphasis::em);
    case tag::del: return line.open(emphasis::del);
    case tag::a: return line.open_link(where_.of_link(e.node));
    case tag::br: return line.line_break();
    case tag::code: ++code_depth_; return;
    case tag::img:
      if (const std::string url = where_.of_image(e.node); !url.empty()) line.image(e.node.attribute("alt").value_or(""), url);
      return;
    case tag::q: return line.raw("\"");
    case tag::sub:
      if (e.text > 0) line.raw("<sub>");
      return;
    case tag::sup:
      if (e.text > 0) line.raw("<sup>");
      return;
    default: return;
  }
}

void phrasing::leave(const outline_entry& e) {
  if (e.kind == tag::code) {
    --code_depth_;
    return;
  }
  if (code_depth_ > 0) return;
  switch (e.kind) {
    case tag::b:
    case tag::em:
    case tag::del:
    case tag::a: return line.close();
    case tag::q: return line.raw("\"");
    case tag::sub:
      if (e.text > 0) line.raw("</sub>");
      return;
    case tag::sup:
      if (e.text > 0) line.raw("</sup>");
      return;
    default: return;
  }
}

}  // namespace trawl::extract::markdown
