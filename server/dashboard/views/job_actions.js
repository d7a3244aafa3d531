// What can be asked of a job: pause, resume, cancel, retry, delete.
import { call, job_path } from "../parts/api.js";
import { ask, toast } from "../parts/dialog.js";
import { button, el, labelled } from "../parts/dom.js";
import { count } from "../parts/format.js";
import { is_active } from "../parts/states.js";

/// The codes to try again: what failed is offered, more can be typed.
function codes_of(job) {
  const failed = [...Object.keys(job.errors ?? {}), ...Object.keys(job.statuses ?? {}).filter((status) => status >= 400)];
  const tallies = { ...job.errors, ...job.statuses };
  const boxes = failed.map((code) => el("input", { type: "checkbox", value: code }));
  const more = el("input", { type: "text", spellcheck: "false", placeholder: "timeout.*, 5xx" });
  const node = el("div", {},
    failed.length ? el("fieldset", {}, el("legend", {}, "Records with"), ...boxes.map((box) => el("label", { class: "check" }, box, `${box.value} (${count(tallies[box.value])})`))) : null,
    labelled(failed.length ? "And with these codes" : "Records with these codes", more));
  return { node, value: () => [...boxes.filter((box) => box.checked).map((box) => box.value), ...more.value.split(/[\s,]+/)].filter(Boolean) };
}

export function actions(id) {
  let job = null;
  const post = async (verb, body) => call("POST", job_path(id, `/${verb}`), body ? { body: JSON.stringify(body), type: "application/json" } : {});

  /// Does it with the buttons locked, and says what came of it.
  async function run(done, work) {
    for (const one of Object.values(buttons)) one.disabled = true;
    try {
      await work();
      toast(done);
    } catch (error) {
      toast(error.message, true);
    } finally {
      for (const one of Object.values(buttons)) one.disabled = false;
    }
  }

  async function cancel() {
    const sure = await ask({ title: `Cancel ${job.name}?`, text: `${count(job.counts?.queued)} queued URLs will not be fetched. Its results so far stay.`, does: "Cancel the job", danger: true });
    if (sure) await run("The job is being cancelled", () => post("cancel"));
  }

  async function retry() {
    const codes = await ask({ title: "Fetch again", text: "URLs whose records match are fetched once more, with a new record each.", content: codes_of(job), does: "Retry" });
    if (codes?.length === 0) toast("Nothing was chosen to retry", true);
    else if (codes) await run("The job goes on", () => post("retry", { codes }));
  }

  async function erase() {
    const sure = await ask({ title: `Delete ${job.name}?`, text: `The job and its ${count(job.counts?.recorded)} records will be gone for good.`, does: "Delete", danger: true });
    if (!sure) return;
    await run("The job was deleted", async () => {
      await call("DELETE", job_path(id));
      location.hash = "#/";
    });
  }

  const buttons = {
    pause: button("Pause", () => run("The job is being paused", () => post("pause"))),
    resume: button("Resume", () => run("The job goes on", () => post("resume")), { class: "main" }),
    retry: button("Retry …", retry),
    cancel: button("Cancel …", cancel),
    erase: button("Delete …", erase, { class: "danger" }),
  };
  const node = el("div", { class: "actions", role: "group", "aria-label": "What to do with the job" }, ...Object.values(buttons));

  function update(next) {
    job = next;
    const active = is_active(job);
    buttons.pause.hidden = !active || job.state === "paused";
    buttons.resume.hidden = job.state !== "paused";
    buttons.cancel.hidden = !active;
    buttons.retry.hidden = !job.counts?.recorded;
    buttons.erase.hidden = active;
  }
  return { node, update };
}
