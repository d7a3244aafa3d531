// The job's records: the newest as they come, or those with a status or an error from the first on. A click shows the whole record.
import { call, job_path, query, token } from "../../parts/api.js";
import { every } from "../../parts/clock.js";
import { button, el, keep, labelled, outside, say } from "../../parts/dom.js";
import { count, duration } from "../../parts/format.js";
import { is_active } from "../../parts/states.js";
import { records } from "../../parts/streams.js";

export const title = "Results";
const page = 25;
const longest = 200_000;  // characters of a record that are shown

function detail(record) {
  const text = JSON.stringify(record, null, 2);
  const shown = text.length > longest ? `${text.slice(0, longest)}\n… cut: the record has ${count(text.length)} characters` : text;
  return el("pre", { tabindex: 0, "aria-label": `Record ${record.seq}` }, shown);
}

function row(record) {
  const says = record.error?.code ?? String(record.status ?? "–");
  const is_bad = record.error !== undefined || record.status >= 400;
  const opens = button(String(record.seq), () => {
    const more = node.querySelector("pre");
    opens.setAttribute("aria-expanded", String(!more));
    more ? more.remove() : node.append(detail(record));
  }, { class: "seq", "aria-expanded": "false", "aria-label": `Record ${record.seq}, show all of it` });
  const node = el("li", {},
    el("div", { class: "record" }, opens, el("span", { class: `code${is_bad ? " is-bad" : ""}`, title: record.error?.message ?? "" }, says),
      el("span", { class: "what" }, el("span", { class: "page-title" }, record.title ?? record.error?.message ?? ""), outside(record.url)),
      el("span", { class: "dim took" }, duration((record.elapsed_ms ?? 0) / 1000))));
  return node;
}

function filters(base, search) {
  const status = el("input", { name: "status", size: 6, value: search.get("status") ?? "", placeholder: "404, 5xx", spellcheck: "false", autocomplete: "off" });
  const error = el("input", { name: "error", size: 14, value: search.get("error") ?? "", placeholder: "timeout.*", spellcheck: "false", autocomplete: "off" });
  const send = (event) => (event.preventDefault(), (location.hash = base + query({ status: status.value.trim(), error: error.value.trim() })));
  return el("form", { class: "filters", "aria-label": "Filter the records", on: { submit: send } },
    labelled("Status", status), labelled("Error", error), el("button", { type: "submit" }, "Filter"),
    search.size > 0 ? el("a", { class: "button", href: base }, "Newest of all") : null);
}

function shell(id) {
  const auth = token() ? ` -H "Authorization: Bearer $TRAWL_TOKEN"` : "";
  return el("details", { class: "dim" }, el("summary", {}, "All of them, as NDJSON"), el("pre", {}, `curl${auth} '${location.origin}${job_path(id, "/results")}'`));
}

export function show(root, { id, search, job }, signal) {
  const base = `#/jobs/${encodeURIComponent(id)}/results`;
  const list = el("ol", { class: "records" }), told = el("p", { class: "dim", role: "status" }, "Loading …");
  const older = button("Older", () => move(Math.max(0, first - 1 - page))), newer = button("Newest", () => ((before = null), refresh().catch(fail)));
  const more = button("More", () => forward().catch(fail));
  const pages = el("nav", { class: "pages", "aria-label": "Pages of the records" });
  root.append(filters(base, search), told, list, pages, shell(id));
  let before = null, first = 1, shown = -1, cursor = 0, all = [];  // before: null follows the newest
  let behind = page;  // how far before the last record to look: those that are not on the disk yet are counted, but not given out

  const fail = (error) => !signal.aborted && say(told, error.message);
  const ask = async (asked) => {
    const answer = await call("GET", job_path(id, `/results${query(asked)}`), { signal });
    return { ...(await records(answer)), next: Number(answer.headers.get("Trawl-Next")), complete: answer.headers.get("Trawl-Complete") === "true" };
  };

  /// The records behind `after`, newest at the top.
  async function move(after) {
    before = after;
    await window_from(after).catch(fail);
  }
  /// The seq of the last one shown; null: there is none yet where the newest was looked for.
  async function window_from(after) {
    const { records: got, is_cut } = await ask({ after, limit: page });
    if (signal.aborted || (before === null && got.length === 0 && after > 0)) return null;
    keep(list, got.toReversed(), (record) => record.seq, row);
    first = got[0]?.seq ?? after + 1;
    older.disabled = after === 0;
    newer.disabled = before === null;
    const range = got.length ? `Records ${count(first)} to ${count(got.at(-1).seq)}, newest first` : is_active(job()) ? "No record yet." : "This job has no records.";
    say(told, `${range}${is_cut ? "; they are large, so fewer are shown" : ""}${before === null && is_active(job()) ? "; new ones come by themselves." : ""}`);
    return got.at(-1)?.seq ?? 0;
  }
  async function refresh() {
    const recorded = job()?.counts?.recorded ?? 0;
    if (before !== null || recorded === shown) return;
    for (let tries = 0; tries < 8 && !signal.aborted; ++tries, behind *= 4) {
      const last = await window_from(Math.max(0, recorded - behind));
      if (last === null) continue;
      shown = is_active(job()) ? last : recorded;
      behind = Math.max(page, behind / 4);
      return;
    }
  }
  /// With a filter: the next records that fit, from the first on.
  async function forward() {
    more.disabled = true;
    const { records: got, next, complete } = await ask({ after: cursor, limit: page, status: search.get("status"), error: search.get("error") });
    if (signal.aborted) return;
    all = [...all, ...got].slice(-10 * page);
    cursor = next;
    keep(list, all, (record) => record.seq, row);
    say(told, all.length ? `${count(all.length)} ${all.length === 1 ? "record fits" : "records fit"}, oldest first${complete ? "; that is all" : ""}.` : complete ? "No record fits." : "None that fits so far.");
    more.disabled = complete && got.length < page;
  }

  if (search.get("status") || search.get("error")) {
    pages.append(more);
    forward().catch(fail);
  } else {
    pages.append(newer, older);
    every(1500, signal, () => refresh().catch((error) => (fail(error), Promise.reject(error))));
  }
  return {};
}
