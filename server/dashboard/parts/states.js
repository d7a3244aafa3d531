// The states of a job, in words and colours.
import { el, say } from "./dom.js";

export const states = ["running", "queued", "paused", "completed", "failed", "cancelled"];
export const is_active = (job) => ["queued", "running", "paused"].includes(job.state);

const endings = {
  drained: "everything was fetched", max_pages: "max_pages was reached", duration: "limits.duration was reached", bytes: "limits.bytes was reached",
  errors: "limits.errors was reached", host_blocked: "hosts were given up", cancelled: "it was cancelled", interrupted: "it was interrupted",
};

/// How a job came to its end; empty while it has none.
export function ending(job) {
  const how = job.ended ? (endings[job.ended] ?? job.ended) : "";
  return [how, job.reason].filter(Boolean).join(": ");
}

export function badge(state) {
  const node = el("span", { class: "badge" });
  set_badge(node, state);
  return node;
}

export function set_badge(node, state) {
  say(node, state);
  node.dataset.state = state;
}
