// The jobs, newest first, a page at a time; looked at each second.
import { get, query, token } from "../parts/api.js";
import { every } from "../parts/clock.js";
import { button, el, keep, labelled, say } from "../parts/dom.js";
import { ago, count, local, percent, rate, sum } from "../parts/format.js";
import { badge, ending, set_badge, states } from "../parts/states.js";

const page_size = 25;

const chosen = (search) => ({ state: search.get("state") ?? "", name: search.get("name") ?? "", cursor: search.get("cursor") ?? "" });

function go(to) {
  location.hash = `#/${query(to)}`;
}

function filters(now) {
  const name = el("input", { type: "search", name: "name", value: now.name, placeholder: "any name", spellcheck: "false", autocomplete: "off" });
  const state = el("select", { name: "state" }, ...["", ...states].map((one) => el("option", { value: one, selected: one === now.state }, one || "any state")));
  const send = (event) => (event?.preventDefault(), go({ state: state.value, name: name.value.trim() }));
  state.addEventListener("change", send);
  name.addEventListener("search", send);
  return el("form", { class: "filters", role: "search", "aria-label": "Filter the jobs", on: { submit: send } },
    labelled("State", state), labelled("Name, exactly", name), el("button", { type: "submit" }, "Filter"));
}

function row(job) {
  const parts = {
    state: badge(job.state), progress: el("progress", { max: 1, value: 0, "aria-label": "Recorded of what was discovered" }), done: el("span"),
    rate: el("td", { class: "number", "data-label": "Pages/s" }), errors: el("td", { class: "number", "data-label": "Errors" }),
    when: el("td", { class: "when", "data-label": "Submitted" }),
  };
  const node = el("tr", {},
    el("th", { scope: "row" }, el("a", { href: `#/jobs/${encodeURIComponent(job.id)}` }, job.name)),
    el("td", { "data-label": "State" }, parts.state),
    el("td", { class: "progress", "data-label": "Progress" }, parts.progress, parts.done), parts.rate, parts.errors, parts.when);
  node.parts = parts;
  return node;
}

function fill({ parts }, job) {
  const { recorded = 0, discovered = 0, pages = 0 } = job.counts ?? {};
  set_badge(parts.state, job.state);
  parts.state.title = ending(job);
  parts.progress.max = Math.max(discovered, 1);
  parts.progress.value = recorded;
  say(parts.done, `${count(pages)} pages, ${percent(recorded, discovered)}`);
  say(parts.rate, job.state === "running" ? rate(job.rates?.pages_per_second) : "–");
  say(parts.errors, count(sum(job.errors)));
  parts.errors.classList.toggle("is-bad", sum(job.errors) > 0);
  say(parts.when, ago(job.submitted_at));
  parts.when.title = local(job.submitted_at);
}

function nothing(now) {
  if (now.state || now.name || now.cursor) return el("div", { class: "empty" }, el("p", {}, "No job is like that."), el("p", {}, el("a", { href: "#/" }, "Show all jobs")));
  return el("div", { class: "empty" },
    el("h2", {}, "No jobs yet"),
    el("p", {}, "A job is a crawl: where it begins, how far it goes, what it takes from each page."),
    el("p", {}, el("a", { class: "button main", href: "#/new" }, "Start the first job")),
    el("p", { class: "dim" }, "Or from a shell:"),
    el("pre", {}, `curl ${location.origin}/api/v1/jobs -H 'Content-Type: application/json' \\\n${token() ? `  -H "Authorization: Bearer $TRAWL_TOKEN" \\\n` : ""}  -d '{"seeds": ["https://example.org/"], "scope": {"max_pages": 100}}'`));
}

function table() {
  const body = el("tbody");
  const heads = ["Name", "State", "Progress", "Pages/s", "Errors", "Submitted"].map((text, i) => el("th", { scope: "col", class: i === 3 || i === 4 ? "number" : null }, text));
  return { body, node: el("table", { class: "jobs" }, el("caption", { class: "unseen" }, "Jobs, newest first"), el("thead", {}, el("tr", {}, ...heads)), body) };
}

export function show(root, parameters, signal) {
  const now = chosen(parameters.search);
  const { body, node } = table();
  const place = el("div", {}, el("p", { class: "dim" }, "Loading …"));
  const newest = button("Newest", () => go({ ...now, cursor: "" })), older = button("Older", () => go({ ...now, cursor: older.cursor }));
  const pages = el("nav", { class: "pages", "aria-label": "Pages of the list", hidden: true }, newest, older);
  root.append(el("div", { class: "headline" }, el("h1", {}, "Jobs"), el("a", { class: "button main", href: "#/new" }, "New job")), filters(now), place, pages);

  every(1000, signal, async () => {
    const { jobs, next } = await get(`/api/v1/jobs${query({ ...now, limit: page_size })}`, signal).catch((error) => {
      if (!signal.aborted && error.status) place.replaceChildren(el("p", { class: "wrong", role: "alert" }, error.message));
      throw error;
    });
    if (signal.aborted) return;
    const shown = jobs.length ? node : nothing(now);
    if (jobs.length ? place.firstChild !== node : !place.querySelector(".empty")) place.replaceChildren(shown);
    keep(body, jobs, (job) => job.id, row, fill);
    older.cursor = next;
    older.disabled = next === null || jobs.length < page_size;
    newest.disabled = !now.cursor;
    pages.hidden = older.disabled && newest.disabled;
  });
  return undefined;
}
