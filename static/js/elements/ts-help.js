/** <ts-help>: the dialog with the keyboard shortcuts; "?" opens it. */

import { openDialog, prepareDialog } from "./dialog.js";
import { el, need } from "./dom.js";

export class TsHelp extends HTMLElement {
  #bound = false;

  connectedCallback() {
    document.addEventListener("keydown", this.#key);
    document.addEventListener("click", this.#click);
    if (!this.#bound) prepareDialog(this.#dialog);
    this.#bound = true;
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.#key);
    document.removeEventListener("click", this.#click);
  }

  /** @returns {HTMLDialogElement} */ get #dialog() { return need(this, "dialog"); }

  #click = (/** @type {MouseEvent} */ event) => {
    if (/** @type {Element} */ (event.target).closest("[data-help]")) this.#open();
  };

  #key = (/** @type {KeyboardEvent} */ event) => {
    const typing = /** @type {Element} */ (event.target).closest?.("input, textarea, select, [contenteditable]");
    if (event.key !== "?" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.#open();
  };

  async #open() {
    if (this.#dialog.open) return;
    const { shortcuts } = await import("./shortcuts.js");
    const rows = shortcuts().flatMap((/** @type {{keys: string[], text: string}} */ { keys, text }) => [
      el("dt", {}, ...keys.flatMap((key, index) => [index ? " " : "", el("kbd", {}, key)])),
      el("dd", {}, text),
    ]);
    need(this, "dl").replaceChildren(...rows);
    await openDialog(this.#dialog);
  }
}
