/**
 * <ts-params>: the parameter form in a dialog, for all columns or for one. `edit(...)` resolves to
 * {action: "apply", values} or {action: "remove"} or {action: "duplicate"}, or null when it was left.
 */

import { t } from "../core/i18n.js";
import { FIELDS, parseParams, textsOf } from "../core/params.js";
import { paramProblemText } from "../core/problems.js";
import { openDialog, prepareDialog } from "./dialog.js";
import { isSubmitKey, need, showFieldError } from "./dom.js";

/** @typedef {{action: "apply" | "remove" | "duplicate", values: import("../core/params.js").Values}} Result */

export class TsParams extends HTMLElement {
  #bound = false;
  /** @type {import("../core/params.js").Values} */ #values = {};

  connectedCallback() {
    if (this.#bound) return;
    this.#bound = true;
    prepareDialog(this.#dialog);
    this.#form.addEventListener("submit", this.#submit);
    this.#form.addEventListener("keydown", (event) => {
      if (!isSubmitKey(event)) return;
      event.preventDefault();
      this.#form.requestSubmit();
    });
    need(this, "[data-clear]").addEventListener("click", () => this.#fill({}));
    for (const action of ["remove", "duplicate"]) {
      need(this, `[data-${action}]`).addEventListener("click", () => this.#dialog.close(action));
    }
  }

  /**
   * @param {{values: import("../core/params.js").Values, common?: import("../core/params.js").Values | null, title?: string, fallback?: HTMLElement | null}} options
   *   `common`: the values for all columns, when one column is edited
   * @returns {Promise<Result | null>}
   */
  async edit({ values, common = null, title = "", fallback = null }) {
    const heading = need(this, "[data-title]");
    heading.textContent = common ? title : heading.dataset.common ?? "";
    for (const selector of ["[data-hint-column]", "[data-remove]", "[data-duplicate]"]) need(this, selector).hidden = !common;
    need(this, "[data-hint-common]").hidden = Boolean(common);
    this.#placeholders(common ?? {}, Boolean(common));
    this.#fill(textsOf(values));
    const action = await openDialog(this.#dialog, fallback);
    return action === "" ? null : { action: /** @type {Result["action"]} */ (action), values: this.#values };
  }

  /** @returns {HTMLDialogElement} */ get #dialog() { return need(this, "dialog"); }
  /** @returns {HTMLFormElement} */ get #form() { return need(this, "form"); }

  /** @returns {HTMLInputElement} */
  #field(/** @type {string} */ name) {
    return need(this, `[name="${name}"]`);
  }

  #fill(/** @type {Record<string, string>} */ texts) {
    for (const { name } of FIELDS) {
      this.#field(name).value = texts[name] ?? "";
      showFieldError(need(this, `#p-${name}-error`), this.#field(name), "");
    }
  }

  /** In a column, an empty field shows what all columns have. */
  #placeholders(/** @type {import("../core/params.js").Values} */ common, /** @type {boolean} */ inColumn) {
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

  #submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const { values, problems } = parseParams(Object.fromEntries(FIELDS.map(({ name }) => [name, this.#field(name).value])));
    for (const { name } of FIELDS) {
      showFieldError(need(this, `#p-${name}-error`), this.#field(name), problems[name] ? paramProblemText(problems[name]) : "");
    }
    const wrong = FIELDS.find(({ name }) => problems[name]);
    if (wrong) {
      this.#field(wrong.name).focus();
      return;
    }
    this.#values = values;
    this.#dialog.close("apply");
  };
}
