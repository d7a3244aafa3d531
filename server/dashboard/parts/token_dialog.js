// The one question for the API token.
import { el, labelled } from "./dom.js";

/// Resolves with what was typed; stays open until something is. `again`: the last one was refused.
export function askToken(again) {
  return new Promise((resolve) => {
    const field = el("input", { type: "password", name: "token", autocomplete: "off", spellcheck: "false", required: true, "aria-describedby": "token-hint" });
    const form = el("form", {},
      el("h2", { id: "token-title" }, "This service needs a token"),
      again ? el("p", { class: "wrong", role: "alert" }, "The service does not know the last one.") : null,
      labelled("Token", field),
      el("p", { id: "token-hint", class: "dim" }, "On the server, ", el("code", {}, "trawl token"), " prints it. It is kept until this tab is closed."),
      el("div", { class: "actions" }, el("button", { type: "submit", class: "main" }, "Continue")));
    const dialog = el("dialog", { "aria-labelledby": "token-title" }, form);
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const given = field.value.trim();
      if (!/^[\x21-\x7e]+$/.test(given)) return field.select();
      dialog.remove();
      resolve(given);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
