// The job's hosts while it is loaded: how busy, how slow, held back until when; each can be paused.
import { call, get, job_path } from "../../parts/api.js";
import { every } from "../../parts/clock.js";
import { toast } from "../../parts/dialog.js";
import { button, el, keep, say } from "../../parts/dom.js";
import { count, duration } from "../../parts/format.js";

export const title = "Hosts";
const most = 200;
const columns = { queued: "Queued", in_flight: "In flight", fetched: "Fetched", failed: "Failed", delay: "Delay", held: "Held until", last_error: "Last error" };

const texts = (host) => ({
  queued: count(host.queued), in_flight: count(host.in_flight), fetched: count(host.fetched), failed: count(host.failed), delay: duration(host.delay_ms / 1000),
  held: host.blocked_until ? new Date(host.blocked_until).toLocaleTimeString() : "–", last_error: host.last_error ?? "–",
});

function row(id, host) {
  const values = Object.fromEntries(Object.entries(columns).map(([key, label]) => [key, el("td", { "data-label": label, class: key === "last_error" ? null : "number" })]));
  const toggle = button("", async () => {
    toggle.disabled = true;
    try {
      await call("POST", job_path(id, `/hosts/${encodeURIComponent(host.host)}/${node.is_paused ? "resume" : "pause"}`));
    } catch (error) {
      toast(error.message, true);
    } finally {
      toggle.disabled = false;
    }
  });
  const node = el("tr", {}, el("th", { scope: "row", class: "url" }, host.host), ...Object.values(values), el("td", {}, toggle));
  Object.assign(node, { values, toggle });
  return node;
}

function fill(node, host) {
  const now = texts(host);
  for (const [key, cell] of Object.entries(node.values)) say(cell, now[key]);
  node.is_paused = host.paused;
  say(node.toggle, host.paused ? "Resume" : "Pause");
  node.toggle.setAttribute("aria-label", `${host.paused ? "Resume" : "Pause"} ${host.host}`);
  node.classList.toggle("is-paused", host.paused);
}

export function show(root, { id }, signal) {
  const body = el("tbody"), told = el("p", { class: "dim", role: "status" }, "Loading …");
  const heads = ["Host", ...Object.values(columns)].map((text, i) => el("th", { scope: "col", class: i > 0 && i < 7 ? "number" : null }, text));
  const table = el("table", { class: "hosts", hidden: true }, el("caption", { class: "unseen" }, "Hosts of the job"), el("thead", {}, el("tr", {}, ...heads, el("td"))), body);
  root.append(told, table);
  every(1000, signal, async () => {
    try {
      const { hosts } = await get(job_path(id, `/hosts?limit=${most}`), signal);
      if (signal.aborted) return;
      table.hidden = hosts.length === 0;
      say(told, hosts.length === 0 ? "No host yet." : hosts.length === most ? `The first ${most} hosts.` : `${count(hosts.length)} ${hosts.length === 1 ? "host" : "hosts"}.`);
      keep(body, hosts, (host) => host.host, (host) => row(id, host), fill);
    } catch (error) {
      if (signal.aborted) return;
      say(told, error.status === 409 ? "A job's hosts are known while it runs; this one does not run now." : error.message);
      table.hidden = true;
      throw error;
    }
  });
  return {};
}
