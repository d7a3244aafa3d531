// Pages a second over the last minutes, as an area. Samples are kept a job, so that going away and coming back loses none.
import { el, say, svg } from "./dom.js";
import { rate } from "./format.js";

const span = 300;  // seconds shown
const width = 600, height = 120;
const kept = new Map();  // job id → [{at, value}], newest last
const most_jobs = 50;

export function sample(id, value) {
  if (!kept.has(id) && kept.size >= most_jobs) kept.delete(kept.keys().next().value);
  const all = kept.get(id) ?? kept.set(id, []).get(id);
  const now = Date.now() / 1000;
  if (all.length && now - all.at(-1).at < 0.5) all.pop();
  all.push({ at: now, value });
  while (all[0].at < now - span - 5) all.shift();
}

/// The next of 1, 2, 5, 10, 20 …
function round_up(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 5, 10].map((n) => n * power).find((n) => n >= value);
}

/// A line breaks where nothing was heard for more than 5 s.
function runs(samples) {
  const out = [];
  for (const one of samples) {
    if (!out.length || one.at - out.at(-1).at(-1).at > 5) out.push([]);
    out.at(-1).push(one);
  }
  return out;
}

export function chart(id) {
  const area = svg("path", { class: "area" });
  const line = svg("path", { class: "line", "vector-effect": "non-scaling-stroke" });
  const grid = [0, 0.5, 1].map((part) => svg("line", { class: "grid", x1: 0, x2: width, y1: height * part, y2: height * part, "vector-effect": "non-scaling-stroke" }));
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img" }, ...grid, area, line);
  const top = el("span"), middle = el("span");
  const caption = el("figcaption", {}, "");
  const node = el("figure", { class: "chart" }, caption,
    el("div", { class: "plot" }, el("div", { class: "axis", "aria-hidden": "true" }, top, middle, el("span", {}, "0")), picture),
    el("div", { class: "times", "aria-hidden": "true" }, el("span", {}, "5 min ago"), el("span", {}, "now")));

  function draw() {
    const all = kept.get(id) ?? [];
    const highest = all.reduce((most, one) => Math.max(most, one.value), 0);
    const ceiling = round_up(highest), now = Date.now() / 1000;
    const x = (one) => (width * (1 - (now - one.at) / span)).toFixed(1);
    const y = (one) => (height * (1 - one.value / ceiling)).toFixed(1);
    const paths = runs(all.filter((one) => one.at >= now - span)).map((run) => ({ run, points: run.map((one) => `${x(one)},${y(one)}`).join("L") }));
    line.setAttribute("d", paths.map(({ points }) => `M${points}`).join(""));
    area.setAttribute("d", paths.map(({ run, points }) => `M${x(run[0])},${height}L${points}L${x(run.at(-1))},${height}Z`).join(""));
    say(top, rate(ceiling)), say(middle, rate(ceiling / 2));
    const current = all.at(-1)?.value ?? 0;
    say(caption, `Pages per second: ${rate(current)} now, ${rate(highest)} at most`);
    picture.setAttribute("aria-label", caption.textContent);
  }
  draw();
  return { node, draw };
}
