// The page: which view the address names, and whether the service can be reached.
import { connection, forgetToken, token } from "./parts/api.js";
import { el } from "./parts/dom.js";
import * as job_list from "./views/job_list.js";
import * as job_page from "./views/job_page.js";
import * as new_job from "./views/new_job.js";

// A view has show(root, parameters, signal), which may return what to call when only the parameters change; `signal` ends it.
const routes = [
  { path: /^\/?$/, view: job_list, page: "jobs" },
  { path: /^\/new$/, view: new_job, page: "new" },
  { path: /^\/jobs\/(?<id>[^/]+)(?:\/(?<section>\w+))?$/, view: job_page, page: "jobs" },
];

const content = document.getElementById("content");
let current = { key: null, end: new AbortController(), change: null };

function address() {
  const [path, search = ""] = location.hash.replace(/^#/, "").split(/\?(.*)/s);
  for (const route of routes) {
    const match = route.path.exec(path || "/");
    if (match) return { ...route, key: `${route.page}/${match.groups?.id ?? path}`, parameters: { ...match.groups, search: new URLSearchParams(search) } };
  }
  return null;
}

function nowhere() {
  content.replaceChildren(el("h1", {}, "There is no such page"), el("p", {}, el("a", { href: "#/" }, "To the jobs")));
}

function navigate() {
  if (location.hash === "#content") return content.focus();  // the link that skips the header
  const to = address();
  if (to && to.key === current.key && current.change) return current.change(to.parameters);
  const is_first = current.key === null;
  current.end.abort();
  current = { key: to?.key ?? "", end: new AbortController(), change: null };
  document.title = "trawl";
  for (const link of document.querySelectorAll("[data-page]"))
    link.dataset.page === to?.page ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
  content.replaceChildren();
  if (!to) return nowhere();
  current.change = to.view.show(content, to.parameters, current.end.signal);
  if (!is_first) content.focus({ preventScroll: true });
  if (!is_first) scrollTo(0, 0);
}

const outage = document.getElementById("outage"), forget = document.getElementById("forget");

function lost() {
  if (outage.hidden) outage.textContent = `The server at ${location.host} can't be reached. What is shown may be old; trying again.`;
  outage.hidden = false;
  document.body.classList.add("is-lost");
}

function found() {
  outage.hidden = true;
  document.body.classList.remove("is-lost");
}

function show_token() {
  forget.hidden = token() === null;
}

connection.addEventListener("lost", lost);
connection.addEventListener("found", found);
connection.addEventListener("token", show_token);
forget.addEventListener("click", () => (forgetToken(), location.reload()));
addEventListener("hashchange", navigate);
show_token();
navigate();
