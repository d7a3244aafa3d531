"use strict";
// Shows /openapi.json. All text goes in as text, never as markup; a token is kept in this page's memory alone.

const deepest = 6; // levels of a schema that are shown; below them stands its type
let api = {};

function make(tag, ...children) {
  const element = document.createElement(tag);
  element.append(...children.filter((child) => child !== null));
  return element;
}

function classed(tag, name, ...children) {
  const element = make(tag, ...children);
  element.className = name;
  return element;
}

// A text in which what stands between backquotes is code.
function prose(text) {
  return text.split("`").map((part, at) => (at % 2 === 1 ? make("code", part) : part));
}

function resolve(schema) {
  for (let hops = 0; schema && schema.$ref && hops < 10; ++hops) {
    schema = schema.$ref.slice(2).split("/").reduce((at, step) => at?.[step], api);
  }
  return schema ?? {};
}

function typeOf(schema) {
  if (schema.$ref) return resolve(schema).title ?? typeOf(resolve(schema));
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((word) => (typeof word === "string" ? word : JSON.stringify(word))).join(" | ");
  if (schema.anyOf) return [...new Set(schema.anyOf.map(typeOf))].join(" or ");
  if (schema.oneOf) return "one of " + schema.oneOf.length;
  if (schema.type === "array" && schema.items) return "list of " + typeOf(schema.items);
  return [schema.type ?? "any"].flat().join(" or ");
}

// The object whose members are worth showing: the schema itself, its items, or the first such choice.
function membersOf(schema, depth = 0) {
  schema = resolve(schema);
  if (schema.properties) return schema;
  if (depth > deepest) return null;
  for (const inner of [schema.items, schema.additionalProperties, ...(schema.anyOf ?? [])]) {
    if (inner && typeof inner === "object") {
      const found = membersOf(inner, depth + 1);
      if (found) return found;
    }
  }
  return null;
}

function showMember(name, schema, required, depth) {
  const full = resolve(schema);
  const says = [full.description, "default" in full ? "default " + JSON.stringify(full.default) : null].filter(Boolean).join("; ");
  const head = [make("code", name), required ? " * " : " ", make("i", typeOf(schema)), says ? " " + says : ""];
  const inner = depth < deepest ? membersOf(schema) : null;
  return inner ? make("details", make("summary", ...head), ...showMembers(inner, depth + 1)) : make("div", ...head);
}

function showMembers(schema, depth) {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties).map(([name, member]) => showMember(name, member, required.has(name), depth));
}

function showBody(type, media, withExample = true) {
  const schema = media.schema ?? {};
  const inner = membersOf(schema);
  const head = [make("code", type), " ", make("i", typeOf(schema))];
  const example = withExample ? resolve(schema).examples?.[0] : undefined;
  const shown = inner ? make("details", make("summary", ...head), ...showMembers(inner, 0)) : make("div", ...head);
  return [shown, example === undefined ? null : make("pre", JSON.stringify(example, null, 2))];
}

function row(name, type, says) {
  return make("tr", make("td", make("code", name)), make("td", make("i", type)), make("td", ...prose(says)));
}

function showParameters(all) {
  if (!all?.length) return [];
  const rows = all.map((p) => row(p.name, typeOf(p.schema) + (p.in === "query" ? "" : ", " + p.in), p.description + (p.example === undefined ? "" : "; such as " + p.example)));
  return [make("h4", "Parameters"), make("table", ...rows)];
}

function showAnswer(status, answer) {
  const headers = Object.entries(answer.headers ?? {}).map(([name, header]) => row(name, "header", header.description));
  const bodies = Object.entries(answer.content ?? {}).flatMap(([type, media]) => (type === "application/problem+json" ? [] : showBody(type, media)));
  return make("div", make("b", status), " ", ...prose(answer.description), headers.length ? make("table", ...headers) : null, ...bodies);
}

function showCall(path, method, call) {
  const title = make("h3", classed("b", method, method.toUpperCase()), make("code", path), make("span", ...prose(call.summary)));
  const bodies = Object.entries(call.requestBody?.content ?? {}).flatMap(([type, media]) => showBody(type, media, type.endsWith("json")));
  const answers = Object.entries(call.responses).map(([status, answer]) => showAnswer(status, answer));
  const article = make("article", title, make("div", call.description ? make("p", ...prose(call.description)) : null, ...showParameters(call.parameters),
    bodies.length ? make("h4", "Request") : null, ...bodies, make("h4", "Answers"), ...answers));
  article.id = call.operationId;
  return article;
}

function show(document_) {
  api = document_;
  document.getElementById("ask").hidden = true;
  document.getElementById("version").textContent = api.info.version;
  document.getElementById("about").textContent = api.info.summary + " " + api.info.description;
  const index = document.getElementById("index");
  const calls = document.getElementById("calls");
  for (const tag of api.tags) {
    index.append(make("h2", tag.name));
    for (const [path, methods] of Object.entries(api.paths)) {
      for (const [method, call] of Object.entries(methods)) {
        if (call.tags[0] !== tag.name) continue;
        const link = make("a", classed("b", method, method.toUpperCase()), " ", ...prose(call.summary));
        link.href = "#" + call.operationId;
        index.append(link);
        calls.append(showCall(path, method, call));
      }
    }
  }
}

async function load(token) {
  const answer = await fetch("/openapi.json", token ? { headers: { Authorization: "Bearer " + token } } : {});
  if (answer.ok) return show(await answer.json());
  document.getElementById("ask").hidden = answer.status !== 401;
  document.getElementById("about").textContent = answer.status === 401 ? (token ? "This token is not known." : "The document needs a token.") : "The document can't be read: " + answer.status;
}

document.getElementById("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  load(document.getElementById("token").value);
});
load("");
