/** <ts-history>: choosing all of a list at once, and how many are chosen. The list itself is plain HTML and forms. */

import { t } from "../core/i18n.js";
import { need } from "./dom.js";

export class TsHistory extends HTMLElement {
  #bound = false;

  connectedCallback() {
    if (this.#bound) return;
    this.#bound = true;
    this.#all.addEventListener("change", () => {
      for (const box of this.#boxes) box.checked = this.#all.checked;
      this.#count();
    });
    this.addEventListener("change", () => this.#count());
    this.#count();
  }

  /** @returns {HTMLInputElement} */ get #all() { return need(this, "[data-all]"); }

  /** @returns {HTMLInputElement[]} */ get #boxes() { return [...this.querySelectorAll(/** @type {any} */ ("input[name=id][form=acts]"))]; }

  #count() {
    const chosen = this.#boxes.filter((box) => box.checked).length;
    this.#all.checked = chosen > 0 && chosen === this.#boxes.length;
    this.#all.indeterminate = chosen > 0 && !this.#all.checked;
    need(this, "[data-count]").textContent = t("{count} selected", { count: String(chosen) });
    need(this, "#acts").toggleAttribute("data-some", chosen > 0);
    for (const button of this.querySelectorAll("#acts button")) /** @type {HTMLButtonElement} */ (button).disabled = !chosen;
  }
}
