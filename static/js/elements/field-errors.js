/** Errors next to the fields of a form that they speak of: places with data-error="name", and the field that names it. */

import { need, showFieldError } from "./dom.js";

export class FieldErrors {
  #root;

  constructor(/** @type {HTMLElement} */ root) {
    this.#root = root;
  }

  /** @returns {HTMLElement} */
  place(/** @type {string} */ name) {
    return need(this.#root, `[data-error="${name}"]`);
  }

  /** Shows `text` at the field `name`, or takes it away when empty; `focus` brings the reader there. */
  show(/** @type {string} */ asked, /** @type {string} */ text, { focus = false } = {}) {
    // A field that only the server knows: better said for the whole form than nowhere.
    const name = this.#root.querySelector(`[data-error="${asked}"]`) ? asked : "form";
    if (name !== asked && text === "") return;
    const place = this.place(name);
    const field = /** @type {HTMLElement | null} */ (this.#root.querySelector(`[name="${name}"], [aria-describedby~="${name}-error"]`));
    showFieldError(place, field, text);
    if (name === "form") place.hidden = text === "";
    if (!focus) return;
    const closed = /** @type {HTMLDetailsElement | null} */ (field?.closest("details:not([open])"));
    if (closed) closed.open = true;
    (field ?? place).focus();
  }

  clear(/** @type {string[]} */ ...names) {
    for (const name of names) this.show(name, "");
  }
}
