// The job's document as the service understood it, and a new job from it.
import { get, job_path } from "../../parts/api.js";
import { toast } from "../../parts/dialog.js";
import { button, el } from "../../parts/dom.js";
import { keep_draft } from "../new_job.js";

export const title = "Document";

export function show(root, { id }, signal) {
  const text = el("pre", { tabindex: 0, "aria-label": "The job's document" }, "Loading …");
  const copy = button("Copy", async () => {
    try {
      await navigator.clipboard.writeText(text.textContent);
      toast("Copied");
    } catch {
      getSelection().selectAllChildren(text);  // off https browsers keep the clipboard to themselves
      toast("Selected: copy it with the keyboard");
    }
  });
  const again = button("New job from it", () => {
    keep_draft(text.textContent);
    location.hash = "#/new";
  });
  root.append(el("p", { class: "dim" }, "With every default in it. Secrets stand as ***."), el("div", { class: "actions" }, again, copy), text);
  for (const one of [copy, again]) one.disabled = true;
  get(job_path(id, "/job"), signal).then((job) => {
    text.textContent = JSON.stringify(job, null, 2);
    for (const one of [copy, again]) one.disabled = false;
  }).catch((error) => !signal.aborted && (text.textContent = error.message));
  return {};
}
