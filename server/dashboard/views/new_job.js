// A form for a job: its text, a check of it, and what is wrong at which place.
import { call } from "../parts/api.js";
import { toast } from "../parts/dialog.js";
import { button, el } from "../parts/dom.js";
import { place_of } from "./problem_place.js";

const draft = "trawl-draft";  // of sessionStorage
const sample = `# Every key has a default but seeds.
seeds:
  - https://example.org/
scope:
  max_pages: 100
politeness:
  contact: mailto:you@example.org   # who runs this crawl
extract:
  links: true
`;

/// What the form begins with when it is opened next.
export const keep_draft = (text) => sessionStorage.setItem(draft, text);

const type_of = (text) => (text.trimStart().startsWith("{") ? "application/json" : "application/yaml");

function problem_line(one, text, field) {
  const place = place_of(text, one);
  const where = one.path || "document";
  const show = () => {
    field.focus();
    field.setSelectionRange(place.from, place.to);
    const line = text.slice(0, place.from).split("\n").length;
    field.scrollTop = (line - 4) * parseFloat(getComputedStyle(field).lineHeight);
  };
  return el("li", {}, place ? button(where, show, { class: "path", title: "Show it in the text" }) : el("code", {}, where), ` ${one.message}`);
}

export function show(root, _parameters, signal) {
  const field = el("textarea", { id: "job-text", rows: 18, spellcheck: "false", autocapitalize: "off", "aria-describedby": "job-hint job-problems" });
  const verdict = el("div", { id: "job-problems", role: "alert" });
  const check = button("Check", () => send(true)), start = el("button", { type: "submit", class: "main" }, "Start the job");
  field.value = sessionStorage.getItem(draft) ?? sample;
  field.addEventListener("input", () => keep_draft(field.value));
  field.addEventListener("keydown", (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && send(false));

  function refuse(error, text) {
    field.setAttribute("aria-invalid", "true");
    const all = error.errors?.length ? el("ul", { class: "problems" }, ...error.errors.map((one) => problem_line(one, text, field))) : null;
    verdict.replaceChildren(el("p", { class: "wrong" }, all ? `${error.message}:` : error.message), ...(all ? [all] : []));
  }
  let key = null, sent = "";  // a start that is repeated because its answer was lost makes no second job
  async function send(only_checks) {
    const text = field.value;
    if (text !== sent) [key, sent] = [null, text];
    key ??= [...crypto.getRandomValues(new Uint8Array(16))].map((n) => n.toString(16).padStart(2, "0")).join("");
    check.disabled = start.disabled = true;
    try {
      const answer = await call("POST", `/api/v1/jobs${only_checks ? "?check=true" : ""}`, { body: text, type: type_of(text), signal, headers: only_checks ? {} : { "Idempotency-Key": key } });
      field.removeAttribute("aria-invalid");
      if (only_checks) return verdict.replaceChildren(el("p", { class: "right" }, "This job is valid."));
      const { id, name } = await answer.json();
      sessionStorage.removeItem(draft);
      toast(`${name} was submitted`);
      location.hash = `#/jobs/${encodeURIComponent(id)}`;
    } catch (error) {
      if (!signal.aborted) refuse(error, text);
    } finally {
      check.disabled = start.disabled = false;
    }
  }

  const form = el("form", { class: "new-job", on: { submit: (event) => (event.preventDefault(), send(false)) } },
    el("label", { for: "job-text" }, "Job, as YAML or JSON"), field,
    el("p", { id: "job-hint", class: "dim" }, "Ctrl+Enter starts it. It can't name files of the server; addresses that are not public need the operator's leave."),
    verdict, el("div", { class: "actions" }, start, check, button("Begin anew", () => ((field.value = sample), sessionStorage.removeItem(draft), verdict.replaceChildren(), field.focus()), { class: "quiet" })));
  root.append(el("h1", {}, "New job"), form);
  return undefined;
}
