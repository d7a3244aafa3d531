// Why a URL is where it is.
import { get, job_path, query } from "../../parts/api.js";
import { el, labelled, outside } from "../../parts/dom.js";

export const title = "Explain";

const fates = {
  recorded: "It has its record.", queued: "It waits in the queue.", redirect_target: "A redirect led to it: its content is in that record.",
  unknown: "This job has not taken it up.",
};

function value_of(value) {
  if (typeof value === "string" && /^https?:/.test(value)) return outside(value);
  return typeof value === "object" ? el("code", {}, JSON.stringify(value)) : String(value);
}

/// The members of a table in it stand under their dotted names.
function facts(told) {
  const is_table = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
  return Object.entries(told).flatMap(([key, value]) => (is_table(value) ? Object.entries(value).map(([inner, one]) => [`${key}.${inner}`, one]) : [[key, value]]));
}

function answer(told) {
  const lines = facts(told).filter(([key, value]) => value !== null && key !== "url" && key !== "fate");
  return [
    el("p", { class: "fate" }, fates[told.fate] ?? told.fate ?? ""),
    el("dl", { class: "facts" }, ...lines.flatMap(([key, value]) => [el("dt", {}, key), el("dd", {}, value_of(value))])),
  ];
}

export function show(root, { id, search }, signal) {
  const asked = search.get("url") ?? "";
  const field = el("input", { type: "url", name: "url", required: true, value: asked, placeholder: "https://example.org/page", spellcheck: "false" });
  const place = el("div", { "aria-live": "polite" });
  const form = el("form", { class: "filters wide" }, labelled("URL", field), el("button", { type: "submit", class: "main" }, "Explain"));
  form.addEventListener("submit", (event) => (event.preventDefault(), look()));
  root.append(el("p", { class: "dim" }, "Who found it, what let it in or kept it out, and what became of it."), form, place);

  async function look() {
    place.replaceChildren(el("p", { class: "dim" }, "Looking …"));
    try {
      const told = await get(job_path(id, `/explain${query({ url: field.value.trim() })}`), signal);
      place.replaceChildren(...answer(told));
    } catch (error) {
      if (!signal.aborted) place.replaceChildren(el("p", { class: "wrong" }, error.message));
    }
  }
  if (asked) look();
  return {};
}
