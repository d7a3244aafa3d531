// Questions before something is done that can't be taken back, and the short notice after it.
import { button, el } from "./dom.js";

/// Asks; resolves with true, or with what `content` says when it is confirmed (its `value()`), and with null when not.
export function ask({ title, text, content, does, danger = false }) {
  return new Promise((resolve) => {
    const dialog = el("dialog", { "aria-labelledby": "question" });
    const close = (answer) => (dialog.remove(), resolve(answer));
    const form = el("form", {},
      el("h2", { id: "question" }, title),
      text ? el("p", {}, text) : null,
      content?.node,
      el("div", { class: "actions" }, button("Keep as it is", () => close(null)), el("button", { type: "submit", class: danger ? "danger" : "main" }, does)));
    form.addEventListener("submit", (event) => (event.preventDefault(), close(content ? content.value() : true)));
    dialog.addEventListener("cancel", () => close(null));
    dialog.append(form);
    document.body.append(dialog);
    dialog.showModal();
  });
}

let hides = 0;

/// Says it for a few seconds, also to a screen reader.
export function toast(text, wrong = false) {
  const place = document.getElementById("toast");
  place.textContent = text;
  place.classList.toggle("is-wrong", wrong);
  clearTimeout(hides);
  hides = setTimeout(() => (place.textContent = ""), wrong ? 9000 : 4000);
}
