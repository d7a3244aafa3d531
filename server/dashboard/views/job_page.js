// One job as it runs: what it is doing, its numbers, and the sections below them.
import { get, job_path } from "../parts/api.js";
import { chart, sample } from "../parts/chart.js";
import { wait } from "../parts/clock.js";
import { el, say } from "../parts/dom.js";
import { ago, bytes, count, duration, local, percent, rate, sum } from "../parts/format.js";
import { badge, ending, is_active, set_badge } from "../parts/states.js";
import { events } from "../parts/streams.js";
import { actions } from "./job_actions.js";
import { tallies } from "./tallies.js";
import * as document_section from "./sections/document.js";
import * as explain_section from "./sections/explain.js";
import * as hosts_section from "./sections/hosts.js";
import * as results_section from "./sections/results.js";

const sections = { results: results_section, hosts: hosts_section, explain: explain_section, document: document_section };
const longest_silence = 15_000;  // ms; a job that is not over is heard of each second

const figures = {
  "Pages": (job) => count(job.counts?.pages),
  "Pages/s": (job) => (job.state === "running" ? rate(job.rates?.pages_per_second) : rate(job.elapsed_s > 0 ? job.counts.pages / job.elapsed_s : 0)),
  "Queued": (job) => count(job.counts?.queued),
  "In flight": (job) => count(job.counts?.in_flight),
  "Errors": (job) => count(sum(job.errors)),
  "Items": (job) => count(job.items),
  "Received": (job) => bytes(job.wire_bytes),
  "Time": (job) => duration(job.elapsed_s),
};

function numbers() {
  const values = Object.fromEntries(Object.keys(figures).map((name) => [name, el("dd")]));
  const names = Object.fromEntries(Object.keys(figures).map((name) => [name, el("dt", {}, name)]));
  const node = el("dl", { class: "figures" }, ...Object.keys(figures).map((name) => el("div", {}, names[name], values[name])));
  const update = (job) => {
    for (const [name, tell] of Object.entries(figures)) say(values[name], tell(job));
    say(names["Pages/s"], job.state === "running" ? "Pages/s" : "Pages/s, mean");
    values.Errors.classList.toggle("is-bad", sum(job.errors) > 0);
  };
  return { node, update };
}

function headline(id) {
  const title = el("h1", {}, "…"), state = badge("queued"), told = el("p", { class: "dim" }), buttons = actions(id);
  const node = el("div", { class: "headline" }, el("div", {}, el("p", { class: "crumb" }, el("a", { href: "#/" }, "Jobs")), el("div", { class: "title" }, title, state), told), buttons.node);
  const update = (job) => {
    say(title, job.name);
    set_badge(state, job.state);
    const when = job.ended_at ? `ended ${ago(job.ended_at)}` : job.started_at ? `started ${ago(job.started_at)}` : `submitted ${ago(job.submitted_at)}`;
    say(told, [when, ending(job)].filter(Boolean).join(" · "));
    told.title = local(job.ended_at ?? job.started_at ?? job.submitted_at);
    document.title = `${job.state === "running" ? `${rate(job.rates?.pages_per_second)}/s · ` : ""}${job.name} · trawl`;
    buttons.update(job);
  };
  return { node, update };
}

function share() {
  const bar = el("progress", { max: 1, value: 0, "aria-label": "Recorded of what was discovered" }), told = el("span", { class: "dim" });
  const update = ({ counts = {} }) => {
    bar.max = Math.max(counts.discovered ?? 0, 1);
    bar.value = counts.recorded ?? 0;
    say(told, `${count(counts.recorded)} of ${count(counts.discovered)} discovered URLs have their record (${percent(counts.recorded, counts.discovered)})`);
  };
  return { node: el("div", { class: "share" }, bar, told), update };
}

/// Follows the job's events until `signal` ends or the job is over; begins again where the stream breaks.
async function follow(id, signal, take) {
  for (let last, pause = 1000; !signal.aborted; pause = Math.min(pause * 2, 10_000)) {
    const silence = new AbortController();
    let timer = setTimeout(() => silence.abort(), longest_silence);
    try {
      let is_over = false;
      for await (const event of events(job_path(id, "/events"), { last, signal: AbortSignal.any([signal, silence.signal]) })) {
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), longest_silence);
        [last, pause] = [event.id, 1000];
        if (event.name !== "progress") continue;
        const job = JSON.parse(event.data);
        is_over = !is_active(job);
        take(job);
      }
      if (is_over) return;
    } catch (error) {
      if (error.status === 404) throw error;
    } finally {
      clearTimeout(timer);
    }
    await wait(pause, signal);
  }
}

export function show(root, parameters, signal) {
  const { id } = parameters;
  const picture = chart(id);
  const head = headline(id), bar = share(), all = numbers(), lists = tallies(id);
  const tabs = el("nav", { class: "tabs", "aria-label": "Sections of the job" });
  const place = el("section", { class: "section", "aria-live": "off" });
  const links = Object.fromEntries(Object.entries(sections).map(([name, section]) => [name, el("a", { href: `#/jobs/${encodeURIComponent(id)}/${name}` }, section.title)]));
  tabs.append(...Object.values(links));
  const frame = [head.node, bar.node, all.node, el("div", { class: "pair" }, picture.node, lists.node), tabs, place];
  let latest = null, section = null, leaves = new AbortController();

  function take(job) {
    if (signal.aborted) return;
    latest = job;
    if (job.state === "running") sample(id, job.rates?.pages_per_second ?? 0);
    picture.node.hidden = !is_active(job) && !picture.drawn;
    if (is_active(job)) picture.drawn = true;
    picture.draw();
    for (const part of [head, bar, all, lists]) part.update(job);
    section?.update?.(job);
  }
  function change({ section: name = "results", search }) {
    leaves.abort();
    leaves = new AbortController();
    for (const [one, link] of Object.entries(links)) one === name ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
    place.replaceChildren();
    section = sections[name]?.show(place, { id, search, job: () => latest }, AbortSignal.any([signal, leaves.signal]));
  }
  async function begin() {
    take(await get(job_path(id), signal));
    root.replaceChildren(...frame);
    change(parameters_now);
    for (let again = true; again && !signal.aborted; ) {
      await follow(id, signal, take);
      again = await comes_back();
    }
  }
  /// A job that is over may be retried, here or elsewhere.
  async function comes_back() {
    while (!signal.aborted) {
      await wait(3000, signal);
      if (document.hidden || signal.aborted) continue;
      const job = await get(job_path(id), signal).catch((error) => (error.status === 404 ? Promise.reject(error) : null));
      if (job && is_active(job)) return true;
    }
    return false;
  }
  function fail(error) {
    if (signal.aborted) return;
    if (error.status) {
      root.replaceChildren(el("h1", {}, error.status === 404 ? "This job is not there" : "This job can't be shown"), el("p", {}, error.message), el("p", {}, el("a", { href: "#/" }, "To the jobs")));
    } else {
      wait(3000, signal).then(() => !signal.aborted && begin().catch(fail));
    }
  }

  let parameters_now = parameters;
  root.append(el("p", { class: "dim" }, "Loading …"));
  begin().catch(fail);
  return (next) => {
    parameters_now = next;
    if (latest) change(next);
  };
}
