/**
 * <ts-params>: the parameter form in a dialog, for all columns or for one with its own system prompt and samples.
 * `edit(...)` resolves to what was set with the action "apply", "duplicate" or "remove", or to null when it was left.
 */

import { t } from "../core/i18n.js";
import { FIELDS, SAMPLES, parseParams, textsOf } from "../core/params.js";
import { paramProblemText } from "../core/problems.js";
import { openDialog, prepareDialog } from "./dialog.js";
import { grow, isSubmitKey, need, showFieldError } from "./dom.js";

/** @typedef {import("../core/params.js").Values} Values */
/** @typedef {{values: Values, system?: string, samples?: number}} Own  `system` undefined: that of all columns; "": none */
/** @typedef {Own & {action: "apply" | "remove" | "duplicate"}} Result */

const ALL_FIELDS = [...FIELDS, SAMPLES];

export class TsParams extends HTMLElement {
  #bound = false;
  /** @type {Own} */ #own = { values: {} };

  connectedCallback() {
    if (this.#bound) return;
    this.#bound = true;
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
    need(this, "[data-clear]").addEventListener("click", () => this.#fill({}, {}));
    need(this, "[data-remove]").addEventListener("click", () => this.#dialog.close("remove"));
    this.#noSystem.addEventListener("change", () => this.#system.toggleAttribute("disabled", this.#noSystem.checked));
    this.#system.addEventListener("input", () => grow(this.#system));
  }

  /**
   * @param {{values: Values, column?: {system?: string, samples?: number}, common?: {values: Values, system: string} | null, title?: string, fallback?: HTMLElement | null}} options
   *   `column` and `common`, what all columns have: when one column is edited
   * @returns {Promise<Result | null>}
   */
  async edit({ values, column = {}, common = null, title = "", fallback = null }) {
    const heading = need(this, "[data-title]");
    heading.textContent = common ? title : heading.dataset.common ?? "";
    for (const part of this.querySelectorAll("[data-column-only]")) /** @type {HTMLElement} */ (part).hidden = !common;
    need(this, "[data-hint-common]").hidden = Boolean(common);
    this.#placeholders(common?.values ?? {}, Boolean(common));
    this.#system.placeholder = common?.system.trim() ? t("as all columns: {value}", { value: common.system.trim() }) : t("none, as all columns");
    this.#fill(values, column);
    const closed = openDialog(this.#dialog, fallback);
    grow(this.#system);
    const action = await closed;
    return action === "" ? null : { action: /** @type {Result["action"]} */ (action), ...this.#own };
  }

  /** @returns {HTMLDialogElement} */ get #dialog() { return need(this, "dialog"); }
  /** @returns {HTMLFormElement} */ get #form() { return need(this, "form"); }
  /** @returns {HTMLTextAreaElement} */ get #system() { return need(this, '[name="own_system"]'); }
  /** @returns {HTMLInputElement} */ get #noSystem() { return need(this, '[name="no_system"]'); }

  /** @returns {HTMLInputElement} */
  #field(/** @type {string} */ name) {
    return need(this, `[name="${name}"]`);
  }

  #fill(/** @type {Values} */ values, /** @type {{system?: string, samples?: number}} */ { system, samples }) {
    /** @type {Record<string, string>} */
    const texts = { ...textsOf(values), samples: samples ? String(samples) : "" };
    for (const { name } of ALL_FIELDS) {
      this.#field(name).value = texts[name] ?? "";
      this.#say(name, "");
    }
    this.#system.value = system ?? "";
    this.#noSystem.checked = system === "";
    this.#system.disabled = this.#noSystem.checked;
  }

  #say(/** @type {string} */ name, /** @type {string} */ text) {
    showFieldError(need(this, `#p-${name}-error`), this.#field(name), text);
  }

  /** In a column, an empty field shows what all columns have. */
  #placeholders(/** @type {Values} */ common, /** @type {boolean} */ inColumn) {
    const texts = textsOf(common);
    for (const { name, kind } of FIELDS) {
      if (kind === "choice") {
        const empty = /** @type {HTMLOptionElement} */ (need(this, `[name="${name}"] option[value=""]`));
        const inherited = this.#form.querySelector(`[name="${name}"] option[value="${texts[name]}"]`)?.textContent;
        empty.textContent = inColumn && texts[name] ? t("as all columns: {value}", { value: inherited ?? texts[name] }) : t("not sent");
      } else if (name !== "extra" || inColumn) {
        this.#field(name).placeholder = texts[name] || (inColumn ? "" : t("not sent"));
      } else {
        this.#field(name).placeholder = '{"top_k": 40}';
      }
    }
  }

  /** Closes with what is in the fields, unless some of it is wrong. */
  #close(/** @type {Result["action"]} */ action) {
    const raw = Object.fromEntries(ALL_FIELDS.map(({ name }) => [name, this.#field(name).value]));
    const { values, problems } = parseParams(raw, ALL_FIELDS);
    for (const { name } of ALL_FIELDS) this.#say(name, problems[name] ? paramProblemText(problems[name]) : "");
    const wrong = ALL_FIELDS.find(({ name }) => problems[name]);
    if (wrong) {
      this.#field(wrong.name).focus();
      return;
    }
    const { samples, ...params } = values;
    const text = this.#system.value.trim() === "" ? undefined : this.#system.value;
    this.#own = { values: params, system: this.#noSystem.checked ? "" : text, samples };
    this.#dialog.close(action);
  }
}
