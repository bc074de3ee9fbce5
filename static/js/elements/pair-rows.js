/** Rows of a key and a value each, in which pairs of metadata are written. What nobody touches stays as it is. */

import { t } from "../core/i18n.js";
import { MOST_KEY, MOST_PAIRS, MOST_VALUE, problemOfPairs } from "../core/labels.js";
import { el, grow, icon, showFieldError } from "./dom.js";

/** @typedef {import("../core/labels.js").Pair} Pair */
/** @typedef {HTMLInputElement | HTMLTextAreaElement} Field */

/** @type {Record<string, () => string>} */
const PROBLEMS = {
  no_key: () => t("Give this value a key."),
  twice: () => t("This key is there twice."),
  long_key: () => t("A key has at most {n} characters.", { n: MOST_KEY }),
  long_value: () => t("A value has at most {n} characters.", { n: MOST_VALUE }),
};

/** A text in a field, which shows no line breaks or only one kind of them. */
class Kept {
  /** @type {string} */ #text;
  /** @type {string} */ #shown;

  constructor(/** @type {Field} */ field, /** @type {string} */ text) {
    this.field = field;
    this.#text = text;
    field.value = text;
    this.#shown = field.value;
  }

  get text() {
    return this.field.value === this.#shown ? this.#text : this.field.value.trim();
  }
}

class Row {
  root = el("div", { class: "pair" });
  #remove = /** @type {HTMLButtonElement} */ (el("button", { type: "button", class: "ghost square" }, icon("close")));
  key;
  value;

  constructor(/** @type {Pair} */ { key, value }, /** @type {{id: string, describedBy: string, remove: (row: Row) => void}} */ { id, describedBy, remove }) {
    const about = { autocomplete: "off", autocapitalize: "none", spellcheck: "false", "aria-describedby": describedBy };
    this.key = new Kept(/** @type {Field} */ (el("input", { ...about, id: `${id}-key`, type: "text" })), key);
    this.value = new Kept(/** @type {Field} */ (el("textarea", { ...about, id: `${id}-value`, class: "input grows", rows: 1 })), value);
    this.value.field.addEventListener("input", () => this.fit());
    this.#remove.addEventListener("click", () => remove(this));
    this.root.append(this.key.field, this.value.field, this.#remove);
  }

  /** @returns {Pair} */
  get pair() {
    return { key: this.key.text, value: this.value.text };
  }

  /** Says which row it is. */
  name(/** @type {number} */ n) {
    this.key.field.setAttribute("aria-label", t("Key {n}", { n }));
    this.value.field.setAttribute("aria-label", t("Value {n}", { n }));
    this.#remove.setAttribute("aria-label", t("Remove pair {n}", { n }));
    this.#remove.title = t("Remove");
  }

  fit() {
    grow(/** @type {HTMLTextAreaElement} */ (this.value.field));
  }
}

export class PairRows {
  #list = el("div", { class: "pairs" });
  #add = /** @type {HTMLButtonElement} */ (el("button", { type: "button", class: "small" }, icon("plus"), t("Add a pair")));
  #error;
  #id;
  #made = 0;
  /** @type {Row[]} */ #rows = [];

  /** `id`: what all ids begin with; `hint`: what the pairs are for. */
  constructor(/** @type {string} */ id, /** @type {string} */ label, /** @type {string} */ hint) {
    this.#id = id;
    this.#error = el("p", { class: "error-text", id: `${id}-error`, role: "alert", "data-error": "metadata" });
    const heads = el("div", { class: "pair pair-heads", "aria-hidden": "true" }, el("span", {}, t("Key of the pair")), el("span", {}, t("Value")));
    const limits = t("At most {pairs} pairs; a key has at most {key} characters, a value {value}.", { pairs: MOST_PAIRS, key: MOST_KEY, value: MOST_VALUE });
    this.root = el(
      "div",
      { class: "field", role: "group", "aria-labelledby": `${id}-label`, "aria-describedby": `${id}-hint` },
      el("span", { class: "pairs-label", id: `${id}-label` }, label),
      heads,
      this.#list,
      el("p", {}, this.#add),
      el("span", { class: "hint", id: `${id}-hint` }, `${hint} ${limits}`),
      this.#error,
    );
    this.#add.addEventListener("click", () => {
      this.#write({ key: "", value: "" });
      this.#number();
      this.#rows.at(-1)?.key.field.focus();
    });
  }

  /** Shows these pairs, and a row for another one if there are none. */
  show(/** @type {Record<string, string>} */ metadata) {
    this.#rows = [];
    this.#list.replaceChildren();
    for (const [key, value] of Object.entries(metadata)) this.#write({ key, value });
    if (this.#rows.length === 0) this.#write({ key: "", value: "" });
    this.#number();
    this.clear();
  }

  /** Long values take the room that they need; only what is on the page can be measured. */
  fit() {
    for (const row of this.#rows) row.fit();
  }

  /** @returns {Pair[]} */
  get pairs() {
    return this.#rows.map((row) => row.pair);
  }

  /** Whether they can be sent; says at the field why not. */
  check() {
    this.clear();
    const problem = problemOfPairs(this.pairs);
    if (problem) this.#refuse(this.#rows[problem.place][problem.field].field, PROBLEMS[problem.code]());
    return problem === null;
  }

  /** Says what the server has against the pair of this key, or against one of them. */
  refuse(/** @type {string} */ key, /** @type {string} */ message) {
    const row = this.#rows.find(({ pair }) => pair.key === key) ?? this.#rows[0];
    this.#refuse(row?.value.field ?? this.#add, message);
  }

  clear() {
    for (const { key, value } of this.#rows) for (const { field } of [key, value]) showFieldError(this.#error, field, "");
    this.#error.textContent = "";
  }

  #refuse(/** @type {HTMLElement} */ field, /** @type {string} */ message) {
    showFieldError(this.#error, field, message);
    field.focus();
  }

  #write(/** @type {Pair} */ pair) {
    const id = `${this.#id}-${++this.#made}`;
    const row = new Row(pair, { id, describedBy: `${this.#id}-error`, remove: (gone) => this.#drop(gone) });
    this.#rows.push(row);
    this.#list.append(row.root);
  }

  #drop(/** @type {Row} */ row) {
    const place = this.#rows.indexOf(row);
    this.#rows.splice(place, 1);
    row.root.remove();
    this.clear();
    this.#number();
    (this.#rows[place]?.key.field ?? this.#add).focus();
  }

  #number() {
    for (const [index, row] of this.#rows.entries()) row.name(index + 1);
    this.#add.disabled = this.#rows.length >= MOST_PAIRS;
  }
}
