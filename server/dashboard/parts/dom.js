// Making elements. Text only ever becomes text nodes: what comes from crawled pages can't become markup.

/// el("button", {class: "quiet", on: {click}}, "Text", node…). An attribute that is false, null or undefined is left out.
export function el(tag, attributes = {}, ...children) {
  return furnish(document.createElement(tag), attributes, children);
}

/// The same in SVG's namespace.
export function svg(tag, attributes = {}, ...children) {
  return furnish(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function furnish(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else if (value !== false && value != null) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

/// Sets a node's text where it differs, so that a selection in it survives the next second.
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/// Keeps the children of `parent` in step with `items`: one element a key, made once, updated after, in the items' order.
export function keep(parent, items, keyOf, make, update) {
  const known = (parent.kept ??= new Map());
  const wanted = new Set();
  let at = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    wanted.add(key);
    if (!known.has(key)) known.set(key, make(item));
    const node = known.get(key);
    update?.(node, item);
    if (node === at) at = at.nextElementSibling;
    else parent.insertBefore(node, at);
  }
  for (const [key, node] of known) {
    if (wanted.has(key)) continue;
    node.remove();
    known.delete(key);
  }
}

/// A link to a crawled page: opens apart, tells it nothing of us. What is no http(s) URL stays text.
export function outside(url) {
  if (!/^https?:\/\//i.test(url ?? "")) return el("span", { class: "url" }, url ?? "");
  return el("a", { class: "url", href: url, target: "_blank", rel: "noopener noreferrer", title: url }, url);
}

/// A field with its label above.
export function labelled(text, field) {
  return el("label", { class: "field" }, el("span", {}, text), field);
}

export function button(text, click, attributes = {}) {
  return el("button", { type: "button", ...attributes, on: { click } }, text);
}
