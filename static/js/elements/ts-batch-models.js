/** <ts-batch-models>: a box beside the list of a new batch's models that knows their names; what is chosen becomes a line. */

import { t } from "../core/i18n.js";
import { ApiError, models } from "../io/api.js";
import { el, need } from "./dom.js";

export class TsBatchModels extends HTMLElement {
  #bound = false;

  connectedCallback() {
    if (this.#bound) return;
    this.#bound = true;
    this.#build();
  }

  async #build() {
    let known;
    try {
      known = await models();
    } catch (error) {
      // Names can be typed.
      if (error instanceof ApiError) return;
      throw error;
    }
    const ids = known.filter((/** @type {any} */ { available }) => available).map((/** @type {{id: string}} */ { id }) => id);
    const list = el("datalist", { id: "batch-known" }, ...ids.map((/** @type {string} */ id) => el("option", { value: id })));
    const box = /** @type {HTMLInputElement} */ (el("input", { type: "text", list: "batch-known", id: "batch-model", autocomplete: "off", autocapitalize: "none", spellcheck: "false", placeholder: t("provider/model") }));
    const add = el("button", { type: "button" }, t("Add model"));
    const take = () => this.#add(box);
    add.addEventListener("click", take);
    box.addEventListener("change", () => ids.includes(box.value) && take());
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      take();
    });
    this.append(el("div", { class: "form-foot" }, el("label", { class: "visually-hidden", for: "batch-model" }, t("A model to add")), box, add, list));
  }

  #add(/** @type {HTMLInputElement} */ box) {
    /** @type {HTMLTextAreaElement} */
    const area = need(this, "textarea");
    const id = box.value.trim();
    if (!id) return;
    area.value = [...area.value.split("\n").filter((line) => line.trim()), id].join("\n");
    box.value = "";
  }
}
