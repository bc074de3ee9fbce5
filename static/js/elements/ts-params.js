/**
 * <ts-params>: the parameter form in a dialog, for all columns or for one with its own system prompt and samples.
 * `edit(...)` resolves to what was set with the action "apply", "duplicate" or "remove", or to null when it was left.
 */

import { t } from "../core/i18n.js";
import { openDialog, prepareDialog } from "./dialog.js";
import { grow, isSubmitKey, need } from "./dom.js";
import { ParamsForm } from "./params-form.js";

/** @typedef {import("../core/params.js").Values} Values */
/** @typedef {{values: Values, system?: string, samples?: number}} Own  `system` undefined: that of all columns; "": none */
/** @typedef {Own & {action: "apply" | "remove" | "duplicate"}} Result */

export class TsParams extends HTMLElement {
  #bound = false;
  /** @type {Own} */ #own = { values: {} };
  /** @type {ParamsForm | null} */ #fields = null;

  connectedCallback() {
    if (this.#bound) return;
    this.#bound = true;
    this.#fields = new ParamsForm(this.#form);
    prepareDialog(this.#dialog);
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#close("apply");
    });
    this.#form.addEventListener("keydown", (event) => {
      if (!isSubmitKey(event)) return;
      event.preventDefault();
      this.#close("apply");
    });
    need(this, "[data-duplicate]").addEventListener("click", () => this.#close("duplicate"));
    need(this, "[data-clear]").addEventListener("click", () => {
      this.#fields?.fill({});
      this.#showSystem(undefined);
    });
    need(this, "[data-remove]").addEventListener("click", () => this.#dialog.close("remove"));
    this.#noSystem.addEventListener("change", () => this.#system.toggleAttribute("disabled", this.#noSystem.checked));
    this.#system.addEventListener("input", () => grow(this.#system));
  }

  /**
   * @param {{values: Values, column?: {system?: string, samples?: number}, common?: {values: Values, system: string} | null, title?: string,
   *   protocols?: string[], efforts?: string[] | null, refused?: {name: string, text: string} | null, fallback?: HTMLElement | null}} options
   *   `column`, `common`, what all columns have, `protocols`, what its provider speaks, and `efforts`, what its model knows of
   *   them: when one column is edited;
   *   `refused`: what the server has found wrong
   * @returns {Promise<Result | null>}
   */
  async edit({ values, column = {}, common = null, title = "", protocols = [], efforts = null, refused = null, fallback = null }) {
    if (this.#dialog.open) return null;
    this.#isFor(common, title);
    this.#fields?.show({ values, common: common?.values ?? null, samples: column.samples, protocols, efforts });
    this.#showSystem(column.system);
    const closed = openDialog(this.#dialog, fallback);
    grow(this.#system);
    if (refused) this.#fields?.refuse(refused.name, refused.text);
    const action = await closed;
    return action === "" ? null : { action: /** @type {Result["action"]} */ (action), ...this.#own };
  }

  /** @returns {HTMLDialogElement} */ get #dialog() { return need(this, "dialog"); }
  /** @returns {HTMLFormElement} */ get #form() { return need(this, "form"); }
  /** @returns {HTMLTextAreaElement} */ get #system() { return need(this, '[name="own_system"]'); }
  /** @returns {HTMLInputElement} */ get #noSystem() { return need(this, '[name="no_system"]'); }

  /** @param {{system: string} | null} common @param {string} title */
  #isFor(common, title) {
    const heading = need(this, "[data-title]");
    heading.textContent = common ? title : heading.dataset.common ?? "";
    for (const part of this.querySelectorAll("[data-column-only]")) /** @type {HTMLElement} */ (part).hidden = !common;
    need(this, "[data-hint-common]").hidden = Boolean(common);
    const system = common?.system.trim();
    this.#system.placeholder = system ? t("as all columns: {value}", { value: system }) : t("none, as all columns");
  }

  #showSystem(/** @type {string | undefined} */ system) {
    this.#system.value = system ?? "";
    this.#noSystem.checked = system === "";
    this.#system.disabled = this.#noSystem.checked;
  }

  /** Closes with what is in the fields, unless some of it is wrong. */
  #close(/** @type {Result["action"]} */ action) {
    const values = this.#fields?.read();
    if (!values) return;
    const { samples, ...params } = values;
    const text = this.#system.value.trim() === "" ? undefined : this.#system.value;
    this.#own = { values: params, system: this.#noSystem.checked ? "" : text, samples };
    this.#dialog.close(action);
  }
}
