// How many records have which status or error, what was kept out, and how well the fields were filled. Each line leads to its records.
import { el, keep, say, svg } from "../parts/dom.js";
import { count, percent, sum } from "../parts/format.js";

const kind_of = (status) => ({ 2: "good", 3: "moved", 4: "bad", 5: "bad" })[String(status)[0]] ?? "moved";

function line(one) {
  const bar = svg("rect", { height: 6, y: 0, rx: 3, class: one.kind });
  const number = el("td", { class: "number" });
  const node = el("tr", {},
    el("th", { scope: "row" }, one.href ? el("a", { href: one.href }, one.name) : one.name),
    el("td", { class: "bar" }, svg("svg", { width: "100%", height: 6, "aria-hidden": "true" }, bar)), number);
  Object.assign(node, { bar, number });
  return node;
}

function fill(node, one) {
  node.bar.setAttribute("width", `${one.of ? (100 * one.count) / one.of : 0}%`);
  say(node.number, one.text ?? count(one.count));
  node.title = one.hint ?? "";
}

function group(title) {
  const body = el("tbody");
  const node = el("table", { class: "tally", hidden: true }, el("caption", {}, title), body);
  const update = (lines) => {
    node.hidden = lines.length === 0;
    keep(body, lines, (one) => one.name, line, fill);
  };
  return { node, update };
}

const most_first = (tallies) => Object.entries(tallies ?? {}).sort(([, a], [, b]) => b - a);

export function tallies(id) {
  const results = `#/jobs/${encodeURIComponent(id)}/results`;
  const all = { statuses: group("Status"), errors: group("Errors"), filtered: group("Kept out"), fields: group("Fields filled") };
  const none = el("p", { class: "dim" }, "No record yet.");
  const node = el("div", { class: "tallies" }, none, ...Object.values(all).map((one) => one.node));

  function update(job) {
    const statuses = sum(job.statuses), errors = sum(job.errors), filtered = Object.values(job.filtered ?? {}).reduce((total, one) => total + one.count, 0);
    none.hidden = statuses + errors + filtered > 0;
    all.statuses.update(most_first(job.statuses).map(([name, n]) => ({ name, count: n, of: statuses, kind: kind_of(name), href: `${results}?status=${name}` })));
    all.errors.update(most_first(job.errors).map(([name, n]) => ({ name, count: n, of: errors, kind: "bad", href: `${results}?error=${encodeURIComponent(name)}` })));
    all.filtered.update(Object.entries(job.filtered ?? {}).map(([name, one]) => ({ name, count: one.count, of: filtered, kind: "moved", hint: one.samples?.join("\n") })));
    all.fields.update(Object.entries(job.fields ?? {}).map(([name, one]) => ({ name, count: one.filled, of: one.asked, kind: "good", text: percent(one.filled, one.asked) })));
  }
  return { node, update };
}
