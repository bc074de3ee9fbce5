/**
 * <ts-model-choice>: the boxes of the list of models, remembered over its pages. "Compare these" opens the playground
 * with them; without this element the form does, with those of one page.
 */

import { MAX_COLUMNS } from "../core/draft-columns.js";
import { t, tn } from "../core/i18n.js";
import { addressOf, choose, restoreChoice } from "../core/model-choice.js";
import { loadDraft, saveDraft } from "../io/drafts.js";
import { need } from "./dom.js";

const CHOSEN = "chosen-models";

export class TsModelChoice extends HTMLElement {
  /** @type {string[]} */ #chosen = [];
  #bound = false;

  connectedCallback() {
    if (this.#bound) return;
    this.#bound = true;
    this.#chosen = restoreChoice(loadDraft(CHOSEN));
    this.addEventListener("change", (event) => this.#change(/** @type {HTMLInputElement} */ (event.target)));
    need(this, "[data-clear]").addEventListener("click", () => this.#clear());
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#compare();
    });
    this.#draw();
  }

  /** @returns {HTMLFormElement} */ get #form() { return need(this, "form"); }
  /** @returns {HTMLInputElement[]} */ get #boxes() { return [...this.querySelectorAll("input[name=model]")].map((box) => /** @type {HTMLInputElement} */ (box)); }

  #change(/** @type {HTMLInputElement} */ box) {
    if (box.name !== "model") return;
    this.#chosen = choose(this.#chosen, box.value, box.checked);
    this.#keep();
    if (box.checked && !this.#chosen.includes(box.value)) {
      box.checked = false;
      need(this, "[data-count]").textContent = t("At most {most} columns at once.", { most: MAX_COLUMNS });
    }
  }

  #clear() {
    this.#chosen = [];
    this.#keep();
    need(this, "[data-compare]").focus();
  }

  #keep() {
    saveDraft(this.#chosen.length > 0 ? this.#chosen : null, CHOSEN);
    this.#draw();
  }

  #draw() {
    for (const box of this.#boxes) box.checked = !box.disabled && this.#chosen.includes(box.value);
    const count = this.#chosen.length;
    need(this, "[data-count]").textContent = count > 0 ? tn("{n} model chosen: {models}", "{n} models chosen: {models}", count, { models: this.#chosen.join(", ") }) : t("Choose models to compare.");
    need(this, "[data-clear]").hidden = count === 0;
    need(this, ".choice-bar").classList.toggle("has-chosen", count > 0);
    need(this, "[data-compare]").setAttribute("aria-disabled", String(count === 0));
  }

  #compare() {
    if (this.#chosen.length === 0) return;
    const address = addressOf(new URL(this.#form.action).pathname, this.#chosen);
    saveDraft(null, CHOSEN);
    location.assign(address);
  }
}
