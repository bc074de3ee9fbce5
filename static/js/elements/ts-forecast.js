/**
 * <ts-forecast>: what sending would cost, while one writes. In the composer it follows the draft ("ts:draft" and typing),
 * in the follow-up its box. One line; opened, a table of the columns. Whatever cannot be forecast shows nothing.
 */

import { requestOf } from "../core/draft.js";
import { amount, summary } from "../core/forecast.js";
import { missingOf } from "../core/template.js";
import { count } from "../core/format.js";
import { t } from "../core/i18n.js";
import { letterOf } from "../core/letters.js";
import * as api from "../io/api.js";
import { el } from "./dom.js";

const PAUSE = 500;

export class TsForecast extends HTMLElement {
  /** @type {any} */ #draft = null;
  #comparison = "";
  #timer = 0;
  /** @type {AbortController | null} */ #asking = null;
  #asked = "";
  #line = el("summary", {});
  #table = el("div", { class: "forecast-table" });
  #details = /** @type {HTMLDetailsElement} */ (el("details", { class: "forecast", hidden: true }, this.#line, this.#table));

  connectedCallback() {
    if (!this.firstChild) this.append(this.#details);
    document.addEventListener("ts:draft", this.#drafted);
    document.addEventListener("ts:asked", this.#opened);
    this.#form?.addEventListener("input", this.#later);
    this.#comparison = this.closest("ts-follow-up")?.getAttribute("data-id") ?? "";
  }

  disconnectedCallback() {
    document.removeEventListener("ts:draft", this.#drafted);
    document.removeEventListener("ts:asked", this.#opened);
    this.#form?.removeEventListener("input", this.#later);
    clearTimeout(this.#timer);
    this.#asking?.abort();
  }

  get #form() { return this.closest("ts-composer, ts-follow-up"); }

  get #follows() { return this.#form?.localName === "ts-follow-up"; }

  #drafted = (/** @type {Event} */ event) => {
    if (this.#follows) return;
    this.#draft = /** @type {CustomEvent} */ (event).detail.draft;
    this.#later();
  };

  #opened = (/** @type {Event} */ event) => {
    if (this.#follows) this.#comparison = /** @type {CustomEvent} */ (event).detail.id;
    this.#hide();
  };

  #later = () => {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#ask(), PAUSE);
  };

  /** What would be sent; null when there is nothing to send. */
  #body() {
    if (!this.#follows) return this.#draft?.columns.length ? requestOf(asFarAsWritten(this.#draft)) : null;
    const prompt = this.#form?.querySelector("textarea")?.value ?? "";
    return this.#comparison && prompt.trim() ? { comparison: this.#comparison, prompt } : null;
  }

  async #ask() {
    const body = this.#form?.hasAttribute("hidden") ? null : this.#body();
    if (body === null) return this.#hide();
    const text = JSON.stringify(body);
    if (text === this.#asked) return;
    this.#asking?.abort();
    const asking = this.#asking = new AbortController();
    // Sending says what is wrong with it; a forecast that cannot be made is none.
    const found = await api.forecast(text, asking.signal).catch(() => null);
    if (asking.signal.aborted) return;
    if (found === null) return this.#hide();
    this.#asked = text;
    this.#show(found);
  }

  #hide() {
    this.#asked = "";
    this.#details.hidden = true;
  }

  #show(/** @type {import("../core/forecast.js").Forecast} */ found) {
    const text = summary(found);
    this.#details.hidden = text === "";
    this.#line.textContent = text;
    const head = [t("Column"), t("tokens in"), t("tokens out"), t("low"), t("expected"), t("high")];
    const rows = found.columns.map((column, index) => {
      const { expected, high } = column.output_tokens;
      const out = expected ?? high;
      const name = `${letterOf(index)} ${column.model}${column.samples > 1 ? ` ×${column.samples}` : ""}`;
      const cells = [`≈ ${count(column.input_tokens)}`, out === null ? t("unknown") : `≈ ${count(out)}`, amount(column.low), amount(column.expected), amount(column.high)];
      return el("tr", {}, el("th", { scope: "row" }, name), ...cells.map((cell) => el("td", {}, cell)));
    });
    this.#table.replaceChildren(
      el("table", {}, el("thead", {}, el("tr", {}, ...head.map((each) => el("th", { scope: "col" }, each)))), el("tbody", {}, ...rows)),
      el("p", { class: "hint" }, t("Estimated from prices, the length of what is sent, max tokens, and how long the answers of each model were here.")),
    );
  }
}

/** While variables have no value the texts count as they are written. @type {(draft: import("../core/draft.js").Draft) => import("../core/draft.js").Draft} */
function asFarAsWritten(draft) {
  return missingOf(draft) === null ? draft : { ...draft, template: null };
}
