// The shapes of what the job keeps as JSON for the extraction: read once more into their structs, for the problems alone.
#include "config/job_doc.hpp"
#include "config/validate.hpp"

namespace trawl::config {
namespace {

/// A selector, or a table of type T.
template <class T>
void check_selector(binder& b, const node& n, const std::string& path) {
  T shape;
  if (n.is == node::kind::scalar && !n.text.empty()) return;
  if (n.is != node::kind::table) return b.complain(n, path, "expected a selector or a table, found " + shown(n, row{}));
  read_into(b, n, path, row{}, shape);
}

void check_fields(binder& b, const node& n, const std::string& path) {
  if (n.is != node::kind::table) return b.complain(n, path, "expected a table of names and selectors, found " + shown(n, row{}));
  for (const table_entry& entry : n.table) check_selector<field>(b, entry.second, member_path(path, entry.first));
}

void check_item_table(binder& b, const node& n, const std::string& path) {
  if (n.is != node::kind::table) return b.complain(n, path, "expected a table with each and fields, found " + shown(n, row{}));
  item_table shape;
  node outside = n;  // the fields are looked at one by one, since a field may also be a bare selector
  std::erase_if(outside.table, [](const table_entry& e) { return e.first == "fields"; });
  const node* fields = n.find("fields");
  if (fields != nullptr) outside.table.push_back({"fields", node{.is = node::kind::table, .from = n.from}});
  read_into(b, outside, path, row{}, shape);
  if (fields != nullptr) check_fields(b, *fields, path + ".fields");
}

void check_shapes(binder& b, const node& extract, const std::string& path) {
  if (const node* fields = extract.find("fields"); fields != nullptr && fields->is != node::kind::null) check_fields(b, *fields, path + ".fields");
  if (const node* items = extract.find("items"); items != nullptr && items->is == node::kind::list) {
    for (std::size_t i = 0; i < items->list.size(); ++i) check_item_table(b, items->list[i], item_path(path + ".items", i));
  } else if (items != nullptr && items->is != node::kind::null) {
    check_item_table(b, *items, path + ".items");
  }
  const node* follow = extract.find("follow");
  if (follow == nullptr || follow->is == node::kind::null) return;
  if (follow->is != node::kind::list) return b.complain(*follow, path + ".follow", "expected a list of selectors, found " + shown(*follow, row{}));
  for (std::size_t i = 0; i < follow->list.size(); ++i) check_selector<follow_table>(b, follow->list[i], item_path(path + ".follow", i));
}

}  // namespace

void check_extraction(binder& b, const node& document, const std::string& prefix) {
  if (const node* extract = document.find("extract")) check_shapes(b, *extract, prefix + "extract");
  const node* rules = document.find("rules");
  if (rules == nullptr) return;
  for (std::size_t i = 0; i < rules->list.size(); ++i) {
    const node* own = rules->list[i].find("extract");
    if (own == nullptr) continue;
    const std::string path = item_path(prefix + "rules", i) + ".extract";
    extract shape;
    read_into(b, *own, path, row{}, shape);
    check_shapes(b, *own, path);
  }
}

}  // namespace trawl::config
