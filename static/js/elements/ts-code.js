/** <ts-code>: the dialog that shows the request of a run as code, in the languages that fit, to be copied. */

import { t } from "../core/i18n.js";
import { problemText } from "../core/problems.js";
import { runCode } from "../io/api.js";
import { copyText } from "./clipboard.js";
import { openDialog, prepareDialog } from "./dialog.js";
import { el, icon, showProblem } from "./dom.js";

/** @typedef {{name: string, label: string, code: string, note: string}} Snippet */

const REMEMBERED = "touchstone:code";

export class TsCode extends HTMLElement {
  /** @type {Snippet[]} */ #snippets = [];
  #title = el("h2", { id: "code-title" });
  #choice = el("div", { class: "choice", role: "group", "aria-label": t("Language") });
  #pre = el("pre", { class: "json-text", tabindex: 0, role: "region", "aria-labelledby": "code-title" });
  #note = el("p", { class: "hint", role: "status" });
  #dialog = this.#build();

  /** Opens on the run `id`. */
  async open(/** @type {string} */ title, /** @type {string} */ id) {
    if (!this.#dialog.isConnected) this.append(this.#dialog);
    this.#title.textContent = title;
    this.#snippets = [];
    this.#choice.replaceChildren();
    this.#pre.textContent = "";
    this.#note.textContent = "";
    const closed = openDialog(this.#dialog);
    try {
      const { items } = await runCode(id);
      this.#snippets = items;
      this.#fill();
    } catch (error) {
      showProblem(this.#note, problemText(error));
    }
    return closed;
  }

  #fill() {
    const buttons = this.#snippets.map(({ name, label }) => {
      const button = el("button", { type: "button", "data-name": name }, label);
      button.addEventListener("click", () => this.#show(name));
      return button;
    });
    this.#choice.replaceChildren(...buttons);
    const last = localStorage.getItem(REMEMBERED);
    this.#show(this.#snippets.some(({ name }) => name === last) ? String(last) : (this.#snippets[0]?.name ?? ""));
  }

  #show(/** @type {string} */ name) {
    const { code = "", note = "" } = this.#snippets.find((snippet) => snippet.name === name) ?? {};
    this.#pre.textContent = code;
    this.#pre.scrollTop = 0;
    const alone = this.#snippets.length === 1 ? t("Only cURL sends what this protocol needs.") : "";
    this.#note.textContent = [alone, note].filter(Boolean).join(" ");
    for (const button of this.#choice.children) button.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (button).dataset.name === name));
    localStorage.setItem(REMEMBERED, name);
  }

  #build() {
    const close = el("button", { type: "button", class: "ghost square", "data-close": true, "aria-label": t("Close") }, icon("close"));
    const copy = el("button", { type: "button", class: "small" }, icon("copy"), t("Copy"));
    copy.addEventListener("click", async () => {
      this.#note.textContent = await copyText(this.#pre.textContent ?? "", t("Copied."));
    });
    const head = el("div", { class: "dialog-head" }, this.#title, el("span", { class: "grow" }), copy, close);
    const hint = el("p", { class: "hint" }, t("What was really sent. Your key stays a variable of the environment."));
    const body = el("div", { class: "dialog-body code-body" }, this.#choice, this.#pre, this.#note);
    const dialog = /** @type {HTMLDialogElement} */ (el("dialog", { class: "json-view", "aria-labelledby": "code-title" }, head, hint, body));
    prepareDialog(dialog);
    return dialog;
  }
}
