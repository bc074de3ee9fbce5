/** <ts-help>: the dialog with the keyboard shortcuts; "?" opens it. Single-letter keys can be switched off there. */

import { openDialog, prepareDialog } from "./dialog.js";
import { el, need } from "./dom.js";
import { lettersEnabled, setLettersEnabled, shortcuts } from "./shortcuts.js";

export class TsHelp extends HTMLElement {
  #bound = false;

  connectedCallback() {
    document.addEventListener("keydown", this.#key);
    document.addEventListener("click", this.#click);
    if (this.#bound) return;
    this.#bound = true;
    prepareDialog(this.#dialog);
    this.#letters.addEventListener("change", () => setLettersEnabled(this.#letters.checked));
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.#key);
    document.removeEventListener("click", this.#click);
  }

  /** @returns {HTMLDialogElement} */ get #dialog() { return need(this, "dialog"); }

  /** @returns {HTMLInputElement} */ get #letters() { return need(this, "[data-letters]"); }

  #click = (/** @type {MouseEvent} */ event) => {
    if (/** @type {Element} */ (event.target).closest("[data-help]")) this.#open();
  };

  #key = (/** @type {KeyboardEvent} */ event) => {
    const typing = /** @type {Element} */ (event.target).closest?.("input, textarea, select, [contenteditable]");
    if (event.key !== "?" || typing || !lettersEnabled() || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.#open();
  };

  async #open() {
    if (this.#dialog.open) return;
    this.#letters.checked = lettersEnabled();
    const rows = shortcuts().flatMap(({ keys, text }) => [
      el("dt", {}, ...keys.flatMap((key, index) => [index ? " " : "", el("kbd", {}, key)])),
      el("dd", {}, text),
    ]);
    need(this, "dl").replaceChildren(...rows);
    await openDialog(this.#dialog);
  }
}
