/** The fields of the parameter form: values into them and out of them, what they inherit, what is wrong at which of them. */

import { t } from "../core/i18n.js";
import { FIELDS, SAMPLES, outputProblems, parseParams, textsOf } from "../core/params.js";
import { paramProblemText } from "../core/problems.js";
import { need, showFieldError } from "./dom.js";

/** @typedef {import("../core/params.js").Values} Values */

const ALL_FIELDS = [...FIELDS, SAMPLES];
/** Fields whose hint is an example: nothing is said of being sent. */
const EXAMPLES = new Set(["extra", "schema", "tools", "routing"]);
/** Fields whose text is checked when one leaves them, long before it is sent. */
const CHECKED = ["schema", "tools", "routing", "extra"];

export class ParamsForm {
  #root;
  /** @type {Values} */ #common = {};
  /** How hard the model of the column can be told to think; null: not known. @type {string[] | null} */ #efforts = null;
  /** @type {Map<string, string>} */ #usual = new Map();

  constructor(/** @type {HTMLElement} */ root) {
    this.#root = root;
    for (const { name } of FIELDS) this.#usual.set(name, this.#empty(name)?.textContent ?? this.#field(name).placeholder);
    this.#field("method").addEventListener("change", () => this.#offerStrict());
    this.#field("protocol").addEventListener("change", () => this.#offerEfforts());
    for (const name of CHECKED) this.#field(name).addEventListener("change", () => this.#check(name));
  }

  /**
   * Draws values; in a column those of all columns show through where it has none.
   * @param {{values: Values, common: Values | null, samples?: number, protocols?: string[], efforts?: string[] | null}} what
   */
  show({ values, common, samples, protocols = [], efforts = null }) {
    this.#common = common ?? {};
    this.#efforts = common ? efforts : null;
    this.#inherit(common);
    this.#offerProtocols(common ? protocols : [], values.protocol);
    this.fill(values, samples);
    for (const fold of this.#folds) fold.open = ALL_FIELDS.some(({ name }) => fold.contains(this.#field(name)) && this.#field(name).value !== "");
  }

  fill(/** @type {Values} */ values, /** @type {number | undefined} */ samples = undefined) {
    /** @type {Record<string, string>} */
    const texts = { ...textsOf(values), samples: samples ? String(samples) : "" };
    for (const { name } of ALL_FIELDS) {
      this.#field(name).value = texts[name] ?? "";
      this.#say(name, "");
    }
    this.#offerStrict();
    this.#offerEfforts();
  }

  /** What is set, or null when some of it is wrong: that is said, and the first such field has the focus. */
  read() {
    const { values, problems } = this.#parsed();
    for (const { name } of ALL_FIELDS) this.#say(name, problems[name] ? paramProblemText(problems[name]) : "");
    const wrong = ALL_FIELDS.find(({ name }) => problems[name]);
    if (!wrong) return values;
    this.#focus(wrong.name);
    return null;
  }

  /** What the server has found wrong with a field. */
  refuse(/** @type {string} */ name, /** @type {string} */ text) {
    this.#say(name, text);
    this.#focus(name);
  }

  /** @returns {HTMLInputElement} */
  #field(/** @type {string} */ name) {
    return need(this.#root, `[name="${name}"]`);
  }

  #empty(/** @type {string} */ name) {
    return this.#field(name).querySelector("[data-empty]");
  }

  /** @returns {HTMLDetailsElement[]} */
  get #folds() {
    return [...this.#root.querySelectorAll("details")];
  }

  #parsed() {
    const raw = Object.fromEntries(ALL_FIELDS.map(({ name }) => [name, this.#field(name).disabled ? "" : this.#field(name).value]));
    const { values, problems } = parseParams(raw, ALL_FIELDS);
    return { values, problems: { ...outputProblems(values, this.#common), ...problems } };
  }

  #check(/** @type {string} */ name) {
    const problem = this.#parsed().problems[name];
    this.#say(name, problem ? paramProblemText(problem) : "");
  }

  #say(/** @type {string} */ name, /** @type {string} */ text) {
    showFieldError(need(this.#root, `#p-${name}-error`), this.#field(name), text);
  }

  #focus(/** @type {string} */ name) {
    const fold = this.#field(name).closest("details");
    if (fold) fold.open = true;
    this.#field(name).focus();
  }

  #inherit(/** @type {Values | null} */ common) {
    const texts = textsOf(common ?? {});
    for (const { name } of FIELDS) {
      const text = texts[name] ?? "";
      const empty = this.#empty(name);
      const usual = this.#usual.get(name) ?? "";
      if (empty) {
        const inherited = this.#root.querySelector(`[name="${name}"] option[value="${text}"]`)?.textContent;
        empty.textContent = text ? t("as all columns: {value}", { value: inherited ?? text }) : usual;
      } else if (EXAMPLES.has(name)) {
        this.#field(name).placeholder = text || usual;
      } else {
        this.#field(name).placeholder = text || (common ? "" : t("not sent"));
      }
    }
  }

  /** A choice only where the provider has more than one door, or one was chosen before. */
  #offerProtocols(/** @type {string[]} */ offered, /** @type {string | undefined} */ chosen) {
    const doors = offered.filter((name) => name !== "auto");
    const field = /** @type {HTMLElement} */ (this.#field("protocol").closest("[data-protocol]"));
    field.hidden = doors.length < 2 && !chosen;
    for (const option of field.querySelectorAll("option")) option.hidden = option.value !== "" && option.value !== chosen && !doors.includes(option.value);
  }

  /** What the model takes as it is, and what was chosen before. By another door of its provider it may take others. */
  #offerEfforts() {
    const field = this.#field("effort");
    const known = this.#field("protocol").value ? null : this.#efforts;
    for (const option of field.querySelectorAll("option")) {
      option.hidden = option.disabled = known !== null && option.value !== "" && option.value !== field.value && !known.includes(option.value);
    }
  }

  /** JSON mode knows no schema, so that there is nothing to be strict about. */
  #offerStrict() {
    const never = (this.#field("method").value || this.#common.method) === "json_mode";
    const hint = need(this.#root, "#p-strict-hint");
    this.#field("strict").disabled = never;
    hint.textContent = (never ? hint.dataset.never : hint.dataset.usual) ?? "";
  }
}
